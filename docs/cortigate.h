/* The serial protocol of cortigate boards: its numbers, for programs in C.
 *
 * Written from golden/spec/link.py by docs/generators/header.py; the page "Protocol" of the
 * documentation says how they are used. Numbers on the line are little endian. A response has
 * the request's operation with CORTIGATE_RESPONSE set.
 */
#ifndef CORTIGATE_H
#define CORTIGATE_H

#define CORTIGATE_PROTOCOL_VERSION 3 /* byte 2 of the identity */
#define CORTIGATE_FRAME_BYTES 250 /* of a decoded frame, at most */
#define CORTIGATE_WRITE_BYTES 240 /* of words or elements in a write, at most */
#define CORTIGATE_READ_BYTES 245 /* of words in a response, at most */
#define CORTIGATE_NO_TARGET 255 /* label of a streamed sample without a target */
#define CORTIGATE_STOOD_LONG 65535 /* turns that a sample stood: these or more */
#define CORTIGATE_SESSION_SHIFT 16 /* of the host's half of CONTROL */
#define CORTIGATE_RESTLESS_SHIFT 16 /* of the count in STATUS */
#define CORTIGATE_RESULT_SHIFT 8 /* of the layer in CONTROL whose rates are kept */
#define CORTIGATE_RESULT_BITS 3 /* of it */
#define CORTIGATE_SLOWEST_BAUD 115200 /* that every board takes */
#define CORTIGATE_FEWEST_CYCLES 8 /* of the board's clock in a bit of the line */
#define CORTIGATE_SPARSE_INPUTS 256 /* of a design from which on it knows WRITE_SPARSE */
#define CORTIGATE_SPARSE_ZEROS 31 /* of an element of WRITE_SPARSE, at most */
#define CORTIGATE_SPARSE_LITERALS 7 /* likewise */
#define CORTIGATE_RESPONSE 0x80 /* bit of a response's operation */
#define CORTIGATE_PAUSE_MICROSECONDS 50000 /* of silence, after which a board finds the rate anew */
#define CORTIGATE_CRC_POLYNOMIAL 0x1021 /* CRC-16/IBM-3740 */
#define CORTIGATE_CRC_START 0xFFFF

/* Operation byte of a request; a response sets bit 7. */
#define CORTIGATE_READ 1 /* words address, address + stride, ... */
#define CORTIGATE_WRITE 2 /* several words, one after the other */
#define CORTIGATE_WRITE_SPARSE 3 /* only where `sparse_samples` */

/* Address spaces; which of them a board has: `spaces`. */
#define CORTIGATE_SPACE_IDENTITY 0 /* read only, bytes */
#define CORTIGATE_SPACE_REGISTERS 1 /* 32-bit words */
#define CORTIGATE_SPACE_WEIGHTS 2 /* one weight per word, address = memory word << lane bits | lane */
#define CORTIGATE_SPACE_SAMPLES 3 /* 16-bit words */
#define CORTIGATE_SPACE_GENERATORS 4 /* 32-bit words (31 used): of lane `address`, which rounds; then the noise's */
#define CORTIGATE_SPACE_FLASH 5 /* only where `Design.flash`: 32-bit words of the flash memory */
#define CORTIGATE_SPACE_FLASH_FACTS 6 /* only there, read only: 32-bit words, see `FlashFact` */

/* Status byte of a response. */
#define CORTIGATE_STATUS_OK 0
#define CORTIGATE_STATUS_BUSY 1 /* the engine runs: stop it or wait */
#define CORTIGATE_STATUS_BAD_OPERATION 2 /* this board knows no such request */
#define CORTIGATE_STATUS_BAD_SPACE 3 /* there is no such space, or not for this request */
#define CORTIGATE_STATUS_BAD_ADDRESS 4 /* some address of the request lies outside the space, or is read only */
#define CORTIGATE_STATUS_BAD_LENGTH 5 /* count of 0, or more words than a frame carries, or not as many as were sent */

/* 32-bit registers by word address. R: read only, W: read and write. */
#define CORTIGATE_REGISTER_STATUS 0 /* R  bit 0: running; high half: loops found restless since START, modulo 2**16 */
#define CORTIGATE_REGISTER_CONTROL 1 /* W  low half: see Control; reads as 0. High half: session; reads as written */
#define CORTIGATE_REGISTER_COUNT 2 /* W  samples to run; streaming: samples put into the ring so far, modulo 2**16 */
#define CORTIGATE_REGISTER_FIRST 3 /* W  first sample of the set in sample memory */
#define CORTIGATE_REGISTER_SET_SIZE 4 /* W  samples in the set, for the shuffled order */
#define CORTIGATE_REGISTER_POSITION 5 /* W  sequential order: next sample, relative to FIRST */
#define CORTIGATE_REGISTER_SHUFFLE_STATE 6 /* W  shuffled order: generator state; 0 stands for "start of an epoch" */
#define CORTIGATE_REGISTER_SHUFFLE_MASK 7 /* W  shuffled order: mask of this epoch */
#define CORTIGATE_REGISTER_UPDATE_SHIFT 8 /* W  k of the weight updates' rate 2**-k, two's complement */
#define CORTIGATE_REGISTER_SECOND_UPDATE_SHIFT 9 /* W  the same of what a rule learns besides; unused if that is nothing */
#define CORTIGATE_REGISTER_SAMPLES 10 /* R  samples finished since START */
#define CORTIGATE_REGISTER_CORRECT 11 /* R  of these, predicted right; learning: see Rule.predicts_before_label */
#define CORTIGATE_REGISTER_CYCLES 12 /* R  clock cycles since START in which the engine was running */
#define CORTIGATE_REGISTER_WEIGHT_SATURATIONS 13 /* W  update words in which a weight saturated */
#define CORTIGATE_REGISTER_STATE_SATURATIONS 14 /* W  neuron updates in which a drive or a state saturated */
#define CORTIGATE_REGISTER_FRAMES_DROPPED 15 /* W  damaged frames */

/* Bits of the low half of the CONTROL register; START while running is ignored. */
#define CORTIGATE_CONTROL_START 1 /* run COUNT samples */
#define CORTIGATE_CONTROL_TRAIN 2 /* learn (else infer and store predictions) */
#define CORTIGATE_CONTROL_SHUFFLED 4 /* shuffled order (else sequential) */
#define CORTIGATE_CONTROL_STOP 8 /* end after the sample in work */
#define CORTIGATE_CONTROL_RESET_GENERATORS 16 /* lanes' generators back to their seeds */
#define CORTIGATE_CONTROL_STREAM 32 /* with START and TRAIN: stream, in sequential order, round and round */
#define CORTIGATE_CONTROL_FLASH 64 /* with START, only where `Design.flash`: samples come from the flash memory */

/* Words of FLASH_FACTS by address. */
#define CORTIGATE_FLASH_FACT_STATUS 0 /* see FlashStatus */
#define CORTIGATE_FLASH_FACT_CHIP 1 /* JEDEC's: manufacturer, then type, then log2 of the bytes, from the lowest byte on */
#define CORTIGATE_FLASH_FACT_FIRST 2 /* address of the first byte that may be written */
#define CORTIGATE_FLASH_FACT_SIZE 3 /* bytes that are used */
#define CORTIGATE_FLASH_FACT_LINES 4 /* that bring data */

/* Bits of FlashFact.STATUS. */
#define CORTIGATE_FLASH_STATUS_READY 1 /* the flash memory has been set up */
#define CORTIGATE_FLASH_STATUS_FAILED 2 /* it was busy for seconds; stays until a reset */
#define CORTIGATE_FLASH_STATUS_DAMAGED 4 /* a block of the last run from it was not what its CRC says: the run ended there */

/* Bytes of one word; of CORTIGATE_SPACE_WEIGHTS byte 15 of the identity. */
#define CORTIGATE_WORD_BYTES_IDENTITY 1
#define CORTIGATE_WORD_BYTES_REGISTERS 4
#define CORTIGATE_WORD_BYTES_SAMPLES 2
#define CORTIGATE_WORD_BYTES_GENERATORS 4
#define CORTIGATE_WORD_BYTES_FLASH 4
#define CORTIGATE_WORD_BYTES_FLASH_FACTS 4

#endif
