;; Never ends, and calls something harmless on the way.
(func $nothing)
(func $score (param $args i32) (result i32)
  (loop $for_ever (call $nothing) (br $for_ever))
  unreachable)
