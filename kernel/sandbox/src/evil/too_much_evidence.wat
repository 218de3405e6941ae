;; Claims sixty thousand pieces of evidence for one factor.
(func $score (param $args i32) (result i32)
  (call $honest_lists (local.get $args))
  (i32.store16 offset=6 (global.get $factors) (i32.const 60000))
  (call $ok_all (local.get $args)))
