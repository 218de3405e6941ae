//! How the city asks: HTTP, console and command line; the binary taihu.
