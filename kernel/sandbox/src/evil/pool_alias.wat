;; A taxonomy of a hundred thousand categories whose labels are all the same 64 KiB.
(start $lay_out)
(func $lay_out
  (local $left i32) (local $at i32)
  (drop (memory.grow (i32.const 60)))
  (memory.fill (i32.const 131072) (i32.const 97) (i32.const 65536))
  (local.set $at (i32.const 196608))
  (local.set $left (i32.const 100000))
  (loop $next
    (i32.store offset=8 (local.get $at) (i32.const 131072))
    (i32.store offset=12 (local.get $at) (i32.const 65536))
    (local.set $at (i32.add (local.get $at) (i32.const 32)))
    (local.set $left (i32.sub (local.get $left) (i32.const 1)))
    (br_if $next (local.get $left)))
  (i32.store (i32.const 148) (i32.const 196608))
  (i32.store (i32.const 152) (i32.const 100000)))
