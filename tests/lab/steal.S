/*
 * A guest with a steal clock, as firmware, since a BIOS would take a minute where KVM emulates:
 * asks KVM to keep its steal time at 0x9000, spins, and tells the nanoseconds so far to port
 * 0xe9, sixteen hex digits a line.
 */
	.code16
	.globl	_start
_start:	cli
	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$0x7000, %sp
	mov	$0x4b564d03, %ecx	/* MSR_KVM_STEAL_TIME */
	xor	%edx, %edx
	mov	$0x9001, %eax		/* bit 0: on */
	wrmsr

again:	rdtsc
	mov	%eax, %ebx
1:	rdtsc				/* spins for some hundredths of a second */
	sub	%ebx, %eax
	cmp	$0x8000000, %eax
	jb	1b
	mov	0x9004, %eax
	call	hex
	mov	0x9000, %eax
	call	hex
	mov	$10, %al
	out	%al, $0xe9
	jmp	again

hex:	mov	$8, %cx			/* %eax, highest digit first */
1:	rol	$4, %eax
	push	%ax
	and	$15, %al
	add	$'0', %al
	cmp	$'9', %al
	jbe	2f
	add	$('a' - '0' - 10), %al
2:	out	%al, $0xe9
	pop	%ax
	dec	%cx
	jnz	1b
	ret

	.org	0xfff0			/* where a processor begins */
	jmp	_start
	.org	0x10000
