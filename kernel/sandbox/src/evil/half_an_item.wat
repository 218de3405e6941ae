;; A list of numbers that ends in the middle of a piece of evidence.
(func $score (param $args i32) (result i32)
  (local $result i32)
  (local.set $result (call $honest (local.get $args)))
  (i32.store offset=24 (local.get $result)
    (i32.sub (i32.load offset=24 (local.get $result)) (i32.const 1)))
  (local.get $result))
