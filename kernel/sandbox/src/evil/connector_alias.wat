;; A page of fifty thousand records whose fields are all the same list of fifty thousand.
(start $lay_out)
(func $lay_out
  (local $left i32) (local $at i32)
  (drop (memory.grow (i32.const 60)))
  (local.set $at (i32.const 262144))
  (local.set $left (i32.const 50000))
  (loop $next
    (i32.store offset=24 (local.get $at) (i32.const 262144))
    (i32.store offset=28 (local.get $at) (i32.const 50000))
    (local.set $at (i32.add (local.get $at) (i32.const 40)))
    (local.set $left (i32.sub (local.get $left) (i32.const 1)))
    (br_if $next (local.get $left)))
  (i32.store (i32.const 528) (i32.const 262144))
  (i32.store (i32.const 532) (i32.const 50000)))
(func (export "taihu:plugin/harvesting@0.1.0#next") (param i32) (result i32)
  (i32.const 512))
