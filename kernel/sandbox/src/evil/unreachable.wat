;; Traps, like every panic of a Rust guest.
(func $gives_up unreachable)
(func $score (param $args i32) (result i32)
  (call $gives_up)
  unreachable)
