;; Never ends.
(func $score (param $args i32) (result i32)
  (loop $for_ever (br $for_ever))
  unreachable)
