//! What the city may ask: one file per verb.
