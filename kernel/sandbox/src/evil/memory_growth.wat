;; Takes memory until it gets none.
(func $score (param $args i32) (result i32)
  (loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
  (call $honest (local.get $args)))
