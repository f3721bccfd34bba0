//! The program `witgen-serve` over real sockets.

mod chains;
mod limits;
mod load;
mod members;
mod reports;
mod socket;
mod tls;
