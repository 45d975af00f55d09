//! A model of the protocol of key, lease and participant, checked in every reachable state: two replicas receive
//! requests under one key; answers and calls are lost or late; one replica crashes; Redis loses its data once; a user
//! cancels.
//!
//! The model checks the design; the simulation checks the code. Each rule is also left out once, to show that the
//! checker finds the resulting flaw.

#[cfg(test)]
mod checks;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod promises;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod world;
