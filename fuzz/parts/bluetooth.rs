pub mod capability;
pub mod rtp;
pub mod sbc;
