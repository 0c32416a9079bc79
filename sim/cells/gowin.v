// Gowin's block RAM, after UG285 (BSRAM and SSRAM user guide), and multiplier, after UG287 (DSP
// user guide), with the pins and parameters by which Yosys and nextpnr-himbaechel know them. SDPB
// writes through port A and reads through port B, DPB does both through both, SP is one port alone;
// those with a 9 in their name have bytes of 9 bits. GSR is not modelled.

// Of GW5A, SDPB and SDPX9B have one reset, that of the port that reads.
`ifdef CORTIGATE_GW5A
`define CORTIGATE_RESETS RESET
`define CORTIGATE_RESET {RESET, 1'b0}
`else
`define CORTIGATE_RESETS RESETA, RESETB
`define CORTIGATE_RESET {RESETB, RESETA}
`endif

`define CORTIGATE_INIT(BITS) \
    parameter [BITS-1:0] INIT_RAM_00 = 0; parameter [BITS-1:0] INIT_RAM_01 = 0; \
    parameter [BITS-1:0] INIT_RAM_02 = 0; parameter [BITS-1:0] INIT_RAM_03 = 0; \
    parameter [BITS-1:0] INIT_RAM_04 = 0; parameter [BITS-1:0] INIT_RAM_05 = 0; \
    parameter [BITS-1:0] INIT_RAM_06 = 0; parameter [BITS-1:0] INIT_RAM_07 = 0; \
    parameter [BITS-1:0] INIT_RAM_08 = 0; parameter [BITS-1:0] INIT_RAM_09 = 0; \
    parameter [BITS-1:0] INIT_RAM_0A = 0; parameter [BITS-1:0] INIT_RAM_0B = 0; \
    parameter [BITS-1:0] INIT_RAM_0C = 0; parameter [BITS-1:0] INIT_RAM_0D = 0; \
    parameter [BITS-1:0] INIT_RAM_0E = 0; parameter [BITS-1:0] INIT_RAM_0F = 0; \
    parameter [BITS-1:0] INIT_RAM_10 = 0; parameter [BITS-1:0] INIT_RAM_11 = 0; \
    parameter [BITS-1:0] INIT_RAM_12 = 0; parameter [BITS-1:0] INIT_RAM_13 = 0; \
    parameter [BITS-1:0] INIT_RAM_14 = 0; parameter [BITS-1:0] INIT_RAM_15 = 0; \
    parameter [BITS-1:0] INIT_RAM_16 = 0; parameter [BITS-1:0] INIT_RAM_17 = 0; \
    parameter [BITS-1:0] INIT_RAM_18 = 0; parameter [BITS-1:0] INIT_RAM_19 = 0; \
    parameter [BITS-1:0] INIT_RAM_1A = 0; parameter [BITS-1:0] INIT_RAM_1B = 0; \
    parameter [BITS-1:0] INIT_RAM_1C = 0; parameter [BITS-1:0] INIT_RAM_1D = 0; \
    parameter [BITS-1:0] INIT_RAM_1E = 0; parameter [BITS-1:0] INIT_RAM_1F = 0; \
    parameter [BITS-1:0] INIT_RAM_20 = 0; parameter [BITS-1:0] INIT_RAM_21 = 0; \
    parameter [BITS-1:0] INIT_RAM_22 = 0; parameter [BITS-1:0] INIT_RAM_23 = 0; \
    parameter [BITS-1:0] INIT_RAM_24 = 0; parameter [BITS-1:0] INIT_RAM_25 = 0; \
    parameter [BITS-1:0] INIT_RAM_26 = 0; parameter [BITS-1:0] INIT_RAM_27 = 0; \
    parameter [BITS-1:0] INIT_RAM_28 = 0; parameter [BITS-1:0] INIT_RAM_29 = 0; \
    parameter [BITS-1:0] INIT_RAM_2A = 0; parameter [BITS-1:0] INIT_RAM_2B = 0; \
    parameter [BITS-1:0] INIT_RAM_2C = 0; parameter [BITS-1:0] INIT_RAM_2D = 0; \
    parameter [BITS-1:0] INIT_RAM_2E = 0; parameter [BITS-1:0] INIT_RAM_2F = 0; \
    parameter [BITS-1:0] INIT_RAM_30 = 0; parameter [BITS-1:0] INIT_RAM_31 = 0; \
    parameter [BITS-1:0] INIT_RAM_32 = 0; parameter [BITS-1:0] INIT_RAM_33 = 0; \
    parameter [BITS-1:0] INIT_RAM_34 = 0; parameter [BITS-1:0] INIT_RAM_35 = 0; \
    parameter [BITS-1:0] INIT_RAM_36 = 0; parameter [BITS-1:0] INIT_RAM_37 = 0; \
    parameter [BITS-1:0] INIT_RAM_38 = 0; parameter [BITS-1:0] INIT_RAM_39 = 0; \
    parameter [BITS-1:0] INIT_RAM_3A = 0; parameter [BITS-1:0] INIT_RAM_3B = 0; \
    parameter [BITS-1:0] INIT_RAM_3C = 0; parameter [BITS-1:0] INIT_RAM_3D = 0; \
    parameter [BITS-1:0] INIT_RAM_3E = 0; parameter [BITS-1:0] INIT_RAM_3F = 0;

`define CORTIGATE_CONTENTS { \
    INIT_RAM_3F, INIT_RAM_3E, INIT_RAM_3D, INIT_RAM_3C, INIT_RAM_3B, INIT_RAM_3A, \
    INIT_RAM_39, INIT_RAM_38, INIT_RAM_37, INIT_RAM_36, INIT_RAM_35, INIT_RAM_34, \
    INIT_RAM_33, INIT_RAM_32, INIT_RAM_31, INIT_RAM_30, INIT_RAM_2F, INIT_RAM_2E, \
    INIT_RAM_2D, INIT_RAM_2C, INIT_RAM_2B, INIT_RAM_2A, INIT_RAM_29, INIT_RAM_28, \
    INIT_RAM_27, INIT_RAM_26, INIT_RAM_25, INIT_RAM_24, INIT_RAM_23, INIT_RAM_22, \
    INIT_RAM_21, INIT_RAM_20, INIT_RAM_1F, INIT_RAM_1E, INIT_RAM_1D, INIT_RAM_1C, \
    INIT_RAM_1B, INIT_RAM_1A, INIT_RAM_19, INIT_RAM_18, INIT_RAM_17, INIT_RAM_16, \
    INIT_RAM_15, INIT_RAM_14, INIT_RAM_13, INIT_RAM_12, INIT_RAM_11, INIT_RAM_10, \
    INIT_RAM_0F, INIT_RAM_0E, INIT_RAM_0D, INIT_RAM_0C, INIT_RAM_0B, INIT_RAM_0A, \
    INIT_RAM_09, INIT_RAM_08, INIT_RAM_07, INIT_RAM_06, INIT_RAM_05, INIT_RAM_04, \
    INIT_RAM_03, INIT_RAM_02, INIT_RAM_01, INIT_RAM_00}

// Two ports with bytes of 8 or 9 bits; of words of 8, 16 and 32 bits no byte's ninth bit is used.
module cortigate_gowin_ram #(
    parameter BYTE = 8, parameter WIDTH_0 = 32, parameter WIDTH_1 = 32,
    parameter REGISTERED_0 = 0, parameter REGISTERED_1 = 0,
    parameter WRITE_MODE_0 = 0, parameter WRITE_MODE_1 = 0,
    parameter RESET_MODE = "SYNC", parameter [2048*BYTE-1:0] INIT = 0
) (
    input [1:0] clock, enable, write, out_enable, reset,
    input [27:0] address,
    input [4*BYTE-1:0] in_0, in_1,
    output [4*BYTE-1:0] out_0, out_1
);
    function [18431:0] spread(input [2048*BYTE-1:0] dense);
        integer b;
        begin
            spread = 0;
            for (b = 0; b < 2048; b = b + 1)
                spread[9 * b +: BYTE] = dense[BYTE * b +: BYTE];
        end
    endfunction
    function integer nine(input integer width);
        nine = width >= 8 ? (width >> 3) * 9 : width;
    endfunction

    wire [71:0] data_in, data_out;
    genvar b;
    generate
        for (b = 0; b < 4; b = b + 1) begin : bytes
            assign data_in[9 * b +: 9] = in_0[BYTE * b +: BYTE];
            assign data_in[36 + 9 * b +: 9] = in_1[BYTE * b +: BYTE];
            assign out_0[BYTE * b +: BYTE] = data_out[9 * b +: BYTE];
            assign out_1[BYTE * b +: BYTE] = data_out[36 + 9 * b +: BYTE];
        end
    endgenerate

    cortigate_block_ram #(
        .WIDTH_0(nine(WIDTH_0)), .WIDTH_1(nine(WIDTH_1)),
        .REGISTERED_0(REGISTERED_0), .REGISTERED_1(REGISTERED_1),
        .WRITE_MODE_0(WRITE_MODE_0), .WRITE_MODE_1(WRITE_MODE_1),
        .ASYNC_RESET(RESET_MODE == "ASYNC"), .INIT(spread(INIT))
    ) ram (
        .clock(clock), .enable(enable), .write(write), .out_enable(out_enable), .reset(reset),
        .address(address), .data_in(data_in), .data_out(data_out)
    );
endmodule

module SDPB (
    input CLKA, CEA, CLKB, CEB, OCE, `CORTIGATE_RESETS,
    input [13:0] ADA, ADB,
    input [31:0] DI,
    input [2:0] BLKSELA, BLKSELB,
    output [31:0] DO
);
    parameter READ_MODE = 1'b0; parameter BIT_WIDTH_0 = 32; parameter BIT_WIDTH_1 = 32;
    parameter BLK_SEL_0 = 3'b000; parameter BLK_SEL_1 = 3'b000; parameter RESET_MODE = "SYNC";
    `CORTIGATE_INIT(256)

    cortigate_gowin_ram #(
        .BYTE(8), .WIDTH_0(BIT_WIDTH_0), .WIDTH_1(BIT_WIDTH_1), .REGISTERED_1(READ_MODE),
        .RESET_MODE(RESET_MODE), .INIT(`CORTIGATE_CONTENTS)
    ) ram (
        .clock({CLKB, CLKA}),
        .enable({CEB && BLKSELB == BLK_SEL_1, CEA && BLKSELA == BLK_SEL_0}),
        .write(2'b01), .out_enable({OCE, 1'b0}), .reset(`CORTIGATE_RESET),
        .address({ADB, ADA}), .in_0(DI), .in_1(32'd0), .out_0(), .out_1(DO)
    );
endmodule

module DPB (
    input CLKA, CEA, CLKB, CEB, OCEA, OCEB, RESETA, RESETB, WREA, WREB,
    input [13:0] ADA, ADB,
    input [2:0] BLKSELA, BLKSELB,
    input [15:0] DIA, DIB,
    output [15:0] DOA, DOB
);
    parameter READ_MODE0 = 1'b0; parameter READ_MODE1 = 1'b0;
    parameter WRITE_MODE0 = 2'b00; parameter WRITE_MODE1 = 2'b00;
    parameter BIT_WIDTH_0 = 16; parameter BIT_WIDTH_1 = 16;
    parameter BLK_SEL_0 = 3'b000; parameter BLK_SEL_1 = 3'b000; parameter RESET_MODE = "SYNC";
    `CORTIGATE_INIT(256)

    wire [31:0] out_a, out_b;
    cortigate_gowin_ram #(
        .BYTE(8), .WIDTH_0(BIT_WIDTH_0), .WIDTH_1(BIT_WIDTH_1),
        .REGISTERED_0(READ_MODE0), .REGISTERED_1(READ_MODE1),
        .WRITE_MODE_0(WRITE_MODE0), .WRITE_MODE_1(WRITE_MODE1),
        .RESET_MODE(RESET_MODE), .INIT(`CORTIGATE_CONTENTS)
    ) ram (
        .clock({CLKB, CLKA}),
        .enable({CEB && BLKSELB == BLK_SEL_1, CEA && BLKSELA == BLK_SEL_0}),
        .write({WREB, WREA}), .out_enable({OCEB, OCEA}), .reset({RESETB, RESETA}),
        .address({ADB, ADA}), .in_0({16'd0, DIA}), .in_1({16'd0, DIB}),
        .out_0(out_a), .out_1(out_b)
    );
    assign DOA = out_a[15:0];
    assign DOB = out_b[15:0];
endmodule

module SP (
    input CLK, CE, OCE, RESET, WRE,
    input [13:0] AD,
    input [2:0] BLKSEL,
    input [31:0] DI,
    output [31:0] DO
);
    parameter READ_MODE = 1'b0; parameter WRITE_MODE = 2'b00; parameter BIT_WIDTH = 32;
    parameter BLK_SEL = 3'b000; parameter RESET_MODE = "SYNC";
    `CORTIGATE_INIT(256)

    cortigate_gowin_ram #(
        .BYTE(8), .WIDTH_0(BIT_WIDTH), .REGISTERED_0(READ_MODE), .WRITE_MODE_0(WRITE_MODE),
        .RESET_MODE(RESET_MODE), .INIT(`CORTIGATE_CONTENTS)
    ) ram (
        .clock({1'b0, CLK}), .enable({1'b0, CE && BLKSEL == BLK_SEL}), .write({1'b0, WRE}),
        .out_enable({1'b0, OCE}), .reset({1'b0, RESET}),
        .address({14'd0, AD}), .in_0(DI), .in_1(32'd0), .out_0(DO), .out_1()
    );
endmodule

module SDPX9B (
    input CLKA, CEA, CLKB, CEB, OCE, `CORTIGATE_RESETS,
    input [13:0] ADA, ADB,
    input [35:0] DI,
    input [2:0] BLKSELA, BLKSELB,
    output [35:0] DO
);
    parameter READ_MODE = 1'b0; parameter BIT_WIDTH_0 = 36; parameter BIT_WIDTH_1 = 36;
    parameter BLK_SEL_0 = 3'b000; parameter BLK_SEL_1 = 3'b000; parameter RESET_MODE = "SYNC";
    `CORTIGATE_INIT(288)

    cortigate_gowin_ram #(
        .BYTE(9), .WIDTH_0(BIT_WIDTH_0), .WIDTH_1(BIT_WIDTH_1), .REGISTERED_1(READ_MODE),
        .RESET_MODE(RESET_MODE), .INIT(`CORTIGATE_CONTENTS)
    ) ram (
        .clock({CLKB, CLKA}),
        .enable({CEB && BLKSELB == BLK_SEL_1, CEA && BLKSELA == BLK_SEL_0}),
        .write(2'b01), .out_enable({OCE, 1'b0}), .reset(`CORTIGATE_RESET),
        .address({ADB, ADA}), .in_0(DI), .in_1(36'd0), .out_0(), .out_1(DO)
    );
endmodule

module DPX9B (
    input CLKA, CEA, CLKB, CEB, OCEA, OCEB, RESETA, RESETB, WREA, WREB,
    input [13:0] ADA, ADB,
    input [2:0] BLKSELA, BLKSELB,
    input [17:0] DIA, DIB,
    output [17:0] DOA, DOB
);
    parameter READ_MODE0 = 1'b0; parameter READ_MODE1 = 1'b0;
    parameter WRITE_MODE0 = 2'b00; parameter WRITE_MODE1 = 2'b00;
    parameter BIT_WIDTH_0 = 18; parameter BIT_WIDTH_1 = 18;
    parameter BLK_SEL_0 = 3'b000; parameter BLK_SEL_1 = 3'b000; parameter RESET_MODE = "SYNC";
    `CORTIGATE_INIT(288)

    wire [35:0] out_a, out_b;
    cortigate_gowin_ram #(
        .BYTE(9), .WIDTH_0(BIT_WIDTH_0), .WIDTH_1(BIT_WIDTH_1),
        .REGISTERED_0(READ_MODE0), .REGISTERED_1(READ_MODE1),
        .WRITE_MODE_0(WRITE_MODE0), .WRITE_MODE_1(WRITE_MODE1),
        .RESET_MODE(RESET_MODE), .INIT(`CORTIGATE_CONTENTS)
    ) ram (
        .clock({CLKB, CLKA}),
        .enable({CEB && BLKSELB == BLK_SEL_1, CEA && BLKSELA == BLK_SEL_0}),
        .write({WREB, WREA}), .out_enable({OCEB, OCEA}), .reset({RESETB, RESETA}),
        .address({ADB, ADA}), .in_0({18'd0, DIA}), .in_1({18'd0, DIB}),
        .out_0(out_a), .out_1(out_b)
    );
    assign DOA = out_a[17:0];
    assign DOB = out_b[17:0];
endmodule

module SPX9 (
    input CLK, CE, OCE, RESET, WRE,
    input [13:0] AD,
    input [2:0] BLKSEL,
    input [35:0] DI,
    output [35:0] DO
);
    parameter READ_MODE = 1'b0; parameter WRITE_MODE = 2'b00; parameter BIT_WIDTH = 36;
    parameter BLK_SEL = 3'b000; parameter RESET_MODE = "SYNC";
    `CORTIGATE_INIT(288)

    cortigate_gowin_ram #(
        .BYTE(9), .WIDTH_0(BIT_WIDTH), .REGISTERED_0(READ_MODE), .WRITE_MODE_0(WRITE_MODE),
        .RESET_MODE(RESET_MODE), .INIT(`CORTIGATE_CONTENTS)
    ) ram (
        .clock({1'b0, CLK}), .enable({1'b0, CE && BLKSEL == BLK_SEL}), .write({1'b0, WRE}),
        .out_enable({1'b0, OCE}), .reset({1'b0, RESET}),
        .address({14'd0, AD}), .in_0(DI), .in_1(36'd0), .out_0(DO), .out_1()
    );
endmodule

// 18 x 18 bits, signed or unsigned, with optional registers at the operands, their signs, in the
// middle and at the output. Operands come from A and B, or from the shift inputs SIA and SIB.
module MULT18X18 (
    input [17:0] A, SIA, B, SIB,
    input ASIGN, BSIGN, ASEL, BSEL, CE, CLK, RESET,
    output [35:0] DOUT,
    output [17:0] SOA, SOB
);
    parameter AREG = 1'b0; parameter BREG = 1'b0; parameter OUT_REG = 1'b0;
    parameter PIPE_REG = 1'b0; parameter ASIGN_REG = 1'b0; parameter BSIGN_REG = 1'b0;
    parameter SOA_REG = 1'b0; parameter MULT_RESET_MODE = "SYNC";

    wire [17:0] a, b;
    wire signed_a, signed_b;
    wire signed [18:0] factor_a = {signed_a & a[17], a};
    wire signed [18:0] factor_b = {signed_b & b[17], b};
    wire signed [37:0] exact = factor_a * factor_b;
    wire [35:0] product;
    cortigate_dsp_register #(
        .WIDTH(18), .CLOCK(AREG ? "CLK0" : "NONE"), .MODE(MULT_RESET_MODE)
    ) operand_a ({3'd0, CLK}, {3'd0, CE}, {3'd0, RESET}, ASEL ? SIA : A, a);
    cortigate_dsp_register #(
        .WIDTH(18), .CLOCK(BREG ? "CLK0" : "NONE"), .MODE(MULT_RESET_MODE)
    ) operand_b ({3'd0, CLK}, {3'd0, CE}, {3'd0, RESET}, BSEL ? SIB : B, b);
    cortigate_dsp_register #(
        .WIDTH(1), .CLOCK(ASIGN_REG ? "CLK0" : "NONE"), .MODE(MULT_RESET_MODE)
    ) sign_a ({3'd0, CLK}, {3'd0, CE}, {3'd0, RESET}, ASIGN, signed_a);
    cortigate_dsp_register #(
        .WIDTH(1), .CLOCK(BSIGN_REG ? "CLK0" : "NONE"), .MODE(MULT_RESET_MODE)
    ) sign_b ({3'd0, CLK}, {3'd0, CE}, {3'd0, RESET}, BSIGN, signed_b);
    cortigate_dsp_register #(
        .WIDTH(36), .CLOCK(PIPE_REG ? "CLK0" : "NONE"), .MODE(MULT_RESET_MODE)
    ) middle ({3'd0, CLK}, {3'd0, CE}, {3'd0, RESET}, exact[35:0], product);
    cortigate_dsp_register #(
        .WIDTH(36), .CLOCK(OUT_REG ? "CLK0" : "NONE"), .MODE(MULT_RESET_MODE)
    ) last ({3'd0, CLK}, {3'd0, CE}, {3'd0, RESET}, product, DOUT);
    cortigate_dsp_register #(
        .WIDTH(18), .CLOCK(SOA_REG ? "CLK0" : "NONE"), .MODE(MULT_RESET_MODE)
    ) shift ({3'd0, CLK}, {3'd0, CE}, {3'd0, RESET}, a, SOA);
    assign SOB = b;
endmodule
