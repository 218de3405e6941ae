;; Answers honestly, and takes all the memory it gets when it may clean up.
(func (export "cabi_post_taihu:plugin/scoring@0.1.0#score") (param i32)
  (loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))))
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
