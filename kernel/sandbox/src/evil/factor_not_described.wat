;; Names a factor by a number that nothing is described under.
(func $score (param $args i32) (result i32)
  (call $honest_lists (local.get $args))
  (i32.store16 (global.get $factors) (i32.const 40000))
  (call $ok_all (local.get $args)))
