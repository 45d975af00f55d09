//! HTTP/JSON in front of gRPC services.
