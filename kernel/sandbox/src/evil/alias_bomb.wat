;; Before it is asked anything it lays out a hundred thousand factor descriptions whose labels are
;; all the same 64 KiB: 6 GB, if it were believed.
(func $lay_out
  (local $left i32) (local $at i32)
  (drop (memory.grow (i32.const 40)))
  (memory.fill (i32.const 131072) (i32.const 97) (i32.const 65536))
  (local.set $at (i32.const 196608))
  (local.set $left (i32.const 100000))
  (loop $next
    (i32.store offset=8 (local.get $at) (i32.const 131072))
    (i32.store offset=12 (local.get $at) (i32.const 65536))
    (local.set $at (i32.add (local.get $at) (i32.const 24)))
    (local.set $left (i32.sub (local.get $left) (i32.const 1)))
    (br_if $next (local.get $left)))
  (i32.store (i32.const 116) (i32.const 196608))
  (i32.store (i32.const 120) (i32.const 100000)))
(start $lay_out)
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
