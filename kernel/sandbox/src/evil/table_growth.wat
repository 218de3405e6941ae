;; Takes table elements until it gets none.
(table $t 1 funcref)
(func $score (param $args i32) (result i32)
  (loop $more
    (br_if $more (i32.ne (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1))))
  (call $honest (local.get $args)))
