;; Wants 128 KiB of state to be kept with every page.
(data (i32.const 180) "\00\00\01\00\00\00\02\00")
