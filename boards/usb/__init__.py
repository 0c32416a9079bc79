"""USB by the chip's own pins: a CDC-ACM serial port that LUNA makes, in place of a UART."""
