//! Who may judge: admits, compiles, limits and calls components.
