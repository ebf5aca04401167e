//! Files: where they are, atomic saves, loads that survive damage.
