;; An answer that lies outside of its memory.
(func $score (param $args i32) (result i32)
  (i32.const -4))
