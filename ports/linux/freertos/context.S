// SPDX-License-Identifier: Apache-2.0
// void isere_freertos_context_switch(from, to): keeps the registers that belong to the caller on the stack, and changes stacks.
#if defined(__x86_64__) && !defined(ISERE_FREERTOS_UCONTEXT)

// The System V ABI: rbx, rbp, r12-r15, the control bits of mxcsr and the x87 control word belong to the caller. The object
// carries no mark for shadow stacks, so a loader does not turn them on.
.text
.p2align 4
.globl isere_freertos_context_switch
.hidden isere_freertos_context_switch
.type isere_freertos_context_switch, @function
isere_freertos_context_switch:
.cfi_startproc
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  subq $8, %rsp
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  movq %rsp, (%rdi)
  movq (%rsi), %rsp
  ldmxcsr (%rsp)
  fldcw 4(%rsp)
  addq $8, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.cfi_endproc
.size isere_freertos_context_switch, .-isere_freertos_context_switch

#elif defined(__aarch64__) && !defined(ISERE_FREERTOS_UCONTEXT)

// AAPCS64: x19-x28, the frame pointer, the link register, d8-d15 and FPCR belong to the caller.
.text
.p2align 4
.globl isere_freertos_context_switch
.hidden isere_freertos_context_switch
.type isere_freertos_context_switch, %function
isere_freertos_context_switch:
  hint #34 // bti c
  sub sp, sp, #176
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mrs x9, fpcr
  str x9, [sp, #160]
  mov x10, sp
  str x10, [x0]
  ldr x10, [x1]
  mov sp, x10
  ldr x10, [sp, #160]
  cmp x9, x10
  b.eq 1f // writing FPCR is slow
  msr fpcr, x10
1:
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #176
  ret
.size isere_freertos_context_switch, .-isere_freertos_context_switch

#endif

.section .note.GNU-stack, "", %progbits
