;; Answers honestly, and traps when it may clean up.
(func (export "cabi_post_taihu:plugin/scoring@0.1.0#score") (param i32)
  unreachable)
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
