/*
 * A guest that takes a hundred packets and no more, as firmware: drives the old virtio network
 * device at address 5 of its PCI bus, gives it a hundred buffers (all the same one), and sleeps.
 */
	.set	BUFFERS, 100
	.set	PORTS, 0xc000		/* where we put the device's */
	.set	RING, 0x8000		/* descriptors, avail a page on, used another */
	.set	SENDING, 0xc000

	.macro	pci register, value
	mov	$0x80002800 + \register, %eax
	mov	$0xcf8, %dx
	out	%eax, %dx
	mov	$\value, %eax
	mov	$0xcfc, %dx
	out	%eax, %dx
	.endm

	.macro	queue number, address
	mov	$\number, %ax
	mov	$PORTS + 0xe, %dx
	out	%ax, %dx
	mov	$\address / 4096, %eax
	mov	$PORTS + 8, %dx
	out	%eax, %dx
	.endm

	.macro	status value
	mov	$\value, %al
	mov	$PORTS + 0x12, %dx
	out	%al, %dx
	.endm

	.code16
	.globl	_start
_start:	cli
	xor	%ax, %ax
	mov	%ax, %ds
	pci	0x10, PORTS + 1
	pci	4, 5			/* answers at its ports, may write to memory */
	status	3			/* seen, and there is a driver */
	xor	%eax, %eax
	mov	$PORTS + 4, %dx
	out	%eax, %dx		/* that wants no features */
	movl	$0x6000, RING
	movl	$2048, RING + 8
	movw	$2, RING + 12		/* the device writes it */
	movw	$BUFFERS, RING + 0x1002
	queue	0, RING
	queue	1, SENDING
	status	7			/* ready */
1:	hlt
	jmp	1b

	.org	0xfff0			/* where a processor begins */
	jmp	_start
	.org	0x10000
