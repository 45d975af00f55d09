//! The four participants' stand-in, served over real gRPC.
