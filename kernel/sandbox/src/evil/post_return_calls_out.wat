;; Answers honestly, and logs when it may only clean up.
(func (export "cabi_post_taihu:plugin/scoring@0.1.0#score") (param i32)
  (call $log (i32.const 1) (i32.const 32) (i32.const 6)))
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
