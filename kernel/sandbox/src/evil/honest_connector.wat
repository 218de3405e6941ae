;; An honest connector: asks for the list of files, gives one record of what came, and is done.
(module
  (memory (export "memory") 4)
  (global $heap (mut i32) (i32.const 65536))
  (data (i32.const 16) "title")
  (data (i32.const 32) "文件")
  ;; ok(description): label
  (data (i32.const 64) "\00\00\00\00\20\00\00\00\06\00\00\00\00\00\00\00\00\00\00\00")
  ;; ok(ask(list-files, state "asked")): step at 8, its case at 16, request at 16, state at 52
  (data (i32.const 128) "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\01")
  (data (i32.const 180) "\f0\00\00\00\05\00\00\00")
  (data (i32.const 240) "asked")
  ;; ok(done(complete, no warnings))
  (data (i32.const 256) "\00\00\00\00\00\00\00\00\02\00\00\00\00\00\00\00\01")
  ;; ok(page): records at 16, tombstones 24, warnings 32, state 40, total at 48
  (data (i32.const 512) "\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\80\02\00\00\01\00\00\00")
  (data (i32.const 552) "\c0\02\00\00\05\00\00\00")
  (data (i32.const 704) "paged")
  ;; raw-record at 640: source-id (filled in), datestamp, place, one field, verbatim
  (data (i32.const 664) "\f0\02\00\00\01\00\00\00")
  ;; raw-field at 752: name, value (filled in), origin
  (data (i32.const 752) "\10\00\00\00\05\00\00\00")

  (func (export "cabi_realloc")
    (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at
      (i32.and
        (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $heap (i32.add (local.get $at) (local.get $size)))
    (local.get $at))

  (func (export "taihu:plugin/harvesting@0.1.0#describe")
    (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.const 64))

  ;; Arguments: state at 44, reply at 52: its case at 56, the list of files at 60.
  (func (export "taihu:plugin/harvesting@0.1.0#next") (param $args i32) (result i32)
    (local $file i32)
    (if (i32.eqz (i32.load offset=48 (local.get $args))) (then (return (i32.const 128))))
    (if (i32.eqz (i32.load8_u offset=52 (local.get $args))) (then (return (i32.const 256))))
    (if (i32.ne (i32.load8_u offset=56 (local.get $args)) (i32.const 1)) (then unreachable))
    (local.set $file (i32.load offset=60 (local.get $args)))
    ;; The file's name is the record's identifier and its title.
    (i64.store (i32.const 640) (i64.load (local.get $file)))
    (i64.store (i32.const 760) (i64.load (local.get $file)))
    (i32.const 512)))
