;; Gives one record a list of four thousand million fields.
(data (i32.const 664) "\f0\02\00\00\ff\ff\ff\ff")
(func (export "taihu:plugin/harvesting@0.1.0#next") (param i32) (result i32)
  (i32.const 512))
