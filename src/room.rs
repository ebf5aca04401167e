//! The virtual room: speakers with their own crystals, in virtual or real time.
