;; Answers honestly, and recurses when it may clean up.
(func $down (export "cabi_post_taihu:plugin/scoring@0.1.0#score") (param i32)
  (call $down (i32.const 0))
  (call $down (i32.const 1)))
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
