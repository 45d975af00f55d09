//! The protocol of key, lease and participant, checked in every state it can reach: two replicas asked under one key,
//! answers and calls that are lost or late, one crash, a Redis that forgets once, a user who cancels.
//!
//! It says of the design what the simulation says of the code. Each rule is also left out once, to see it missed.

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
