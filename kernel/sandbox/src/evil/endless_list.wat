;; A list of two thousand million scores.
(func $score (param $args i32) (result i32)
  (call $ok (i32.const 2000000000) (i32.const 0) (i32.const 0)))
