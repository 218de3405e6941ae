;; Gives everybody in a batch the less the more there are of them.
(func $score (param $args i32) (result i32)
  (local $row i32) (local $value i32)
  (call $honest_lists (local.get $args))
  (local.set $value (i32.sub (i32.const 1000) (call $rows (local.get $args))))
  (loop $next
    (i32.store offset=4
      (i32.add (global.get $scores) (i32.mul (local.get $row) (i32.const 12)))
      (local.get $value))
    (i32.store16 offset=4
      (i32.add (global.get $factors) (i32.mul (local.get $row) (i32.const 8)))
      (local.get $value))
    (local.set $row (i32.add (local.get $row) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $row) (call $rows (local.get $args)))))
  (call $ok_all (local.get $args)))
