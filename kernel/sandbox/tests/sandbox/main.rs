//! What the sandbox promises, against components that are meant to break it.
//!
//! Guests are WAT: `../hostile/` is what every scorer has in common and what each hostile one does
//! on its own; `pool.wat` and `connector.wat` are honest ones of the other kinds.

mod admission;
mod calls;
mod cases;
mod compiling;
mod guest;
mod hostile;
