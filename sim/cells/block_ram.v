// Block RAM of 18 kbit with two ports, as Lattice (FPGA-TN-02204) and Gowin (UG285) build it:
// the common core of the cells in dp16kd.v and gowin.v.
//
// 2048 bytes of 9 bits. An address counts bits of the 8 that are data: a word of 1, 2, 4, 9, 18 or
// 36 bits ignores its lowest 0, 1, 2, 3, 4 or 5 bits. Words of 1, 2 and 4 bits never touch the
// ninth bit. In words of 18 and 36 bits the lowest 2 and 4 address bits enable the bytes that are
// written.
//
// A port does something at a rising clock edge if it is enabled. A read goes into the port's latch
// and, if REGISTERED, one enabled edge later into its output register. A write leaves the latch as
// it is (WRITE_MODE 0), or loads it with the new (1) or the old word (2). Reset clears latch and
// register, whether the port is enabled or not, and blocks a write if RESET_BLOCKS.
//
// What no data sheet defines is x: what one port reads of bytes that the other writes at the same
// edge, the bytes that both write, and whatever an undefined address or enable may have reached.
//
// Everything of port 1 stands above that of port 0 in a vector.
module cortigate_block_ram #(
    parameter WIDTH_0 = 18, parameter WIDTH_1 = 18,
    parameter REGISTERED_0 = 0, parameter REGISTERED_1 = 0,
    parameter WRITE_MODE_0 = 0, parameter WRITE_MODE_1 = 0,
    parameter ASYNC_RESET = 0, parameter RESET_BLOCKS = 0,
    parameter [18431:0] INIT = 0 // byte b at bits 9 b .. 9 b + 8
) (
    input [1:0] clock, enable, write, out_enable, reset,
    input [27:0] address,
    input [71:0] data_in,
    output [71:0] data_out
);
    reg [8:0] memory [0:2047];
    reg [35:0] latch [0:1];
    // The last thing that each port did: when, from which byte on, on which bytes.
    reg [63:0] since [0:1];
    reg [10:0] first_byte [0:1];
    reg [3:0] read_bytes [0:1], written_bytes [0:1];

    integer i;
    initial begin
        for (i = 0; i < 2048; i = i + 1)
            memory[i] = INIT[9 * i +: 9];
        for (i = 0; i < 2; i = i + 1) begin
            latch[i] = 0;
            since[i] = ~64'd0;
            first_byte[i] = 0;
            read_bytes[i] = 0;
            written_bytes[i] = 0;
        end
    end

    genvar p;
    generate
        for (p = 0; p < 2; p = p + 1) begin : port
            localparam WIDTH = p ? WIDTH_1 : WIDTH_0;
            localparam MODE = p ? WRITE_MODE_1 : WRITE_MODE_0;
            localparam REGISTERED = p ? REGISTERED_1 : REGISTERED_0;
            localparam BYTES = WIDTH >= 18 ? WIDTH / 9 : 1;
            localparam NARROW = WIDTH < 9;

            wire [13:0] place = address[14 * p +: 14];
            wire [35:0] word = data_in[36 * p +: 36];
            // First bit of a narrow word within its byte; first_byte byte of any word.
            wire [2:0] bit_place = NARROW ? place[2:0] & ~(WIDTH - 3'd1) : 3'd0;
            wire [10:0] byte_place = place[13:3] & ~(BYTES - 11'd1);
            wire [3:0] enabled_bytes = BYTES == 1 ? 4'b0001 : BYTES == 2 ? place[1:0] : place[3:0];
            wire asynchronous = ASYNC_RESET != 0 && reset[p];

            reg [35:0] word_before, word_after;
            reg [8:0] byte_before, byte_after;
            reg writes;
            integer b, c;
            always @(posedge clock[p]) begin
                writes = enable[p] && write[p] && !(RESET_BLOCKS && reset[p]);
                if (enable[p] === 1'b1) begin
                    word_before = 0;
                    word_after = 0;
                    if (writes !== 1'b0 && ^byte_place === 1'bx)
                        for (b = 0; b < 2048; b = b + 1)
                            memory[b] = 9'bx;
                    since[p] = $time;
                    first_byte[p] = byte_place;
                    written_bytes[p] = 0;
                    read_bytes[p] = reset[p] || writes && MODE == 0 ? 0 : (1 << BYTES) - 1;
                    for (b = 0; b < BYTES; b = b + 1) begin
                        byte_before = memory[byte_place + b];
                        byte_after = byte_before;
                        if (writes !== 1'b0 && enabled_bytes[b] !== 1'b0) begin
                            byte_after = word[9 * b +: 9];
                            if (NARROW) begin
                                byte_after = byte_before;
                                for (c = 0; c < WIDTH; c = c + 1)
                                    byte_after[bit_place + c] = word[c];
                            end
                            if ((writes && enabled_bytes[b]) !== 1'b1
                                || ^{byte_place, bit_place} === 1'bx)
                                byte_after = 9'bx;
                            memory[byte_place + b] = byte_after;
                            written_bytes[p][b] = 1;
                        end
                        word_before[9 * b +: 9] = byte_before;
                        word_after[9 * b +: 9] = byte_after;
                    end
                    if (NARROW) begin
                        word_before = (word_before >> bit_place) & ((1 << WIDTH) - 1);
                        word_after = (word_after >> bit_place) & ((1 << WIDTH) - 1);
                    end
                    if (!writes || MODE == 2)
                        latch[p] <= word_before;
                    else if (MODE == 1)
                        latch[p] <= word_after;
                    if (since[1 - p] == $time)
                        collide(p[0]);
                end else if (enable[p] !== 1'b0)
                    latch[p] <= {36{1'bx}};
                if (reset[p])
                    latch[p] <= 0;
            end
            always @(posedge asynchronous)
                latch[p] <= 0;

            if (REGISTERED) begin : registered
                reg [35:0] shown;
                initial shown = 0;
                always @(posedge clock[p] or posedge asynchronous)
                    if (reset[p])
                        shown <= 0;
                    else if (out_enable[p])
                        shown <= latch[p];
                assign data_out[36 * p +: 36] = shown;
            end else
                assign data_out[36 * p +: 36] = latch[p];
        end
    endgenerate

    // Port `p` comes second at this edge: is there a byte that one writes and the other touches?
    task collide(input p);
        integer a, b;
        for (a = 0; a < 4; a = a + 1)
            for (b = 0; b < 4; b = b + 1)
                if (first_byte[p] + a == first_byte[!p] + b) begin
                    if (written_bytes[p][a] && read_bytes[!p][b])
                        latch[!p] <= {36{1'bx}};
                    if (written_bytes[!p][b] && read_bytes[p][a])
                        latch[p] <= {36{1'bx}};
                    if (written_bytes[!p][b] && written_bytes[p][a])
                        memory[first_byte[p] + a] = 9'bx;
                end
    endtask
endmodule
