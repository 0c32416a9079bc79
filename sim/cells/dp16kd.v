// ECP5's block RAM, after Lattice FPGA-TN-02204 (ECP5 memory usage guide), with the pins and
// parameters by which Yosys and nextpnr-ecp5 know it. Ports of 1, 2, 4, 9 and 18 bits; a word of
// 36 bits is written through DIA (low half) and DIB with port A's address, and read through DOA
// (low half) and DOB with port B's. Of the multiplexers at the pins only the clocks' are modelled;
// GSR is not.
module DP16KD (
    input DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5,
    DIA4, DIA3, DIA2, DIA1, DIA0,
    input ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0,
    input CEA, OCEA, CLKA, WEA, RSTA, CSA2, CSA1, CSA0,
    output DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5,
    DOA4, DOA3, DOA2, DOA1, DOA0,
    input DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5,
    DIB4, DIB3, DIB2, DIB1, DIB0,
    input ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0,
    input CEB, OCEB, CLKB, WEB, RSTB, CSB2, CSB1, CSB0,
    output DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5,
    DOB4, DOB3, DOB2, DOB1, DOB0
);
    parameter DATA_WIDTH_A = 18; parameter DATA_WIDTH_B = 18;
    parameter REGMODE_A = "NOREG"; parameter REGMODE_B = "NOREG";
    parameter WRITEMODE_A = "NORMAL"; parameter WRITEMODE_B = "NORMAL";
    parameter CSDECODE_A = "0b000"; parameter CSDECODE_B = "0b000";
    parameter CLKAMUX = "CLKA"; parameter CLKBMUX = "CLKB";
    parameter RESETMODE = "SYNC"; parameter ASYNC_RESET_RELEASE = "SYNC";
    parameter GSR = "ENABLED"; parameter INIT_DATA = "STATIC"; parameter WID = 0;
    parameter INITVAL_00 = 320'h0; parameter INITVAL_01 = 320'h0;
    parameter INITVAL_02 = 320'h0; parameter INITVAL_03 = 320'h0;
    parameter INITVAL_04 = 320'h0; parameter INITVAL_05 = 320'h0;
    parameter INITVAL_06 = 320'h0; parameter INITVAL_07 = 320'h0;
    parameter INITVAL_08 = 320'h0; parameter INITVAL_09 = 320'h0;
    parameter INITVAL_0A = 320'h0; parameter INITVAL_0B = 320'h0;
    parameter INITVAL_0C = 320'h0; parameter INITVAL_0D = 320'h0;
    parameter INITVAL_0E = 320'h0; parameter INITVAL_0F = 320'h0;
    parameter INITVAL_10 = 320'h0; parameter INITVAL_11 = 320'h0;
    parameter INITVAL_12 = 320'h0; parameter INITVAL_13 = 320'h0;
    parameter INITVAL_14 = 320'h0; parameter INITVAL_15 = 320'h0;
    parameter INITVAL_16 = 320'h0; parameter INITVAL_17 = 320'h0;
    parameter INITVAL_18 = 320'h0; parameter INITVAL_19 = 320'h0;
    parameter INITVAL_1A = 320'h0; parameter INITVAL_1B = 320'h0;
    parameter INITVAL_1C = 320'h0; parameter INITVAL_1D = 320'h0;
    parameter INITVAL_1E = 320'h0; parameter INITVAL_1F = 320'h0;
    parameter INITVAL_20 = 320'h0; parameter INITVAL_21 = 320'h0;
    parameter INITVAL_22 = 320'h0; parameter INITVAL_23 = 320'h0;
    parameter INITVAL_24 = 320'h0; parameter INITVAL_25 = 320'h0;
    parameter INITVAL_26 = 320'h0; parameter INITVAL_27 = 320'h0;
    parameter INITVAL_28 = 320'h0; parameter INITVAL_29 = 320'h0;
    parameter INITVAL_2A = 320'h0; parameter INITVAL_2B = 320'h0;
    parameter INITVAL_2C = 320'h0; parameter INITVAL_2D = 320'h0;
    parameter INITVAL_2E = 320'h0; parameter INITVAL_2F = 320'h0;
    parameter INITVAL_30 = 320'h0; parameter INITVAL_31 = 320'h0;
    parameter INITVAL_32 = 320'h0; parameter INITVAL_33 = 320'h0;
    parameter INITVAL_34 = 320'h0; parameter INITVAL_35 = 320'h0;
    parameter INITVAL_36 = 320'h0; parameter INITVAL_37 = 320'h0;
    parameter INITVAL_38 = 320'h0; parameter INITVAL_39 = 320'h0;
    parameter INITVAL_3A = 320'h0; parameter INITVAL_3B = 320'h0;
    parameter INITVAL_3C = 320'h0; parameter INITVAL_3D = 320'h0;
    parameter INITVAL_3E = 320'h0; parameter INITVAL_3F = 320'h0;

    // INITVAL_i holds 16 words of 18 bits, each in 20.
    function [287:0] dense(input [319:0] padded);
        integer i;
        for (i = 0; i < 16; i = i + 1)
            dense[18 * i +: 18] = padded[20 * i +: 18];
    endfunction
    function [2:0] decode(input [39:0] text); // "0b101"
        decode = {text[16], text[8], text[0]};
    endfunction
    function integer mode(input [119:0] name);
        mode = name == "WRITETHROUGH" ? 1 : name == "READBEFOREWRITE" ? 2 : 0;
    endfunction

    wire [17:0] dia = {
        DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4,
        DIA3, DIA2, DIA1, DIA0};
    wire [17:0] dib = {
        DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4,
        DIB3, DIB2, DIB1, DIB0};
    wire [35:0] in_a = {DATA_WIDTH_A == 36 ? dib : 18'd0, dia};
    wire [35:0] in_b = {18'd0, dib};
    wire [35:0] out_a, out_b;
    assign {
        DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4,
        DOA3, DOA2, DOA1, DOA0}
        = DATA_WIDTH_B == 36 ? out_b[17:0] : out_a[17:0];
    assign {
        DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4,
        DOB3, DOB2, DOB1, DOB0}
        = DATA_WIDTH_B == 36 ? out_b[35:18] : out_b[17:0];

    cortigate_block_ram #(
        .WIDTH_0(DATA_WIDTH_A), .WIDTH_1(DATA_WIDTH_B),
        .REGISTERED_0(REGMODE_A == "OUTREG"), .REGISTERED_1(REGMODE_B == "OUTREG"),
        .WRITE_MODE_0(mode(WRITEMODE_A)), .WRITE_MODE_1(mode(WRITEMODE_B)),
        .ASYNC_RESET(RESETMODE == "ASYNC"), .RESET_BLOCKS(RESETMODE == "SYNC"),
        .INIT({
            dense(INITVAL_3F), dense(INITVAL_3E), dense(INITVAL_3D), dense(INITVAL_3C),
            dense(INITVAL_3B), dense(INITVAL_3A), dense(INITVAL_39), dense(INITVAL_38),
            dense(INITVAL_37), dense(INITVAL_36), dense(INITVAL_35), dense(INITVAL_34),
            dense(INITVAL_33), dense(INITVAL_32), dense(INITVAL_31), dense(INITVAL_30),
            dense(INITVAL_2F), dense(INITVAL_2E), dense(INITVAL_2D), dense(INITVAL_2C),
            dense(INITVAL_2B), dense(INITVAL_2A), dense(INITVAL_29), dense(INITVAL_28),
            dense(INITVAL_27), dense(INITVAL_26), dense(INITVAL_25), dense(INITVAL_24),
            dense(INITVAL_23), dense(INITVAL_22), dense(INITVAL_21), dense(INITVAL_20),
            dense(INITVAL_1F), dense(INITVAL_1E), dense(INITVAL_1D), dense(INITVAL_1C),
            dense(INITVAL_1B), dense(INITVAL_1A), dense(INITVAL_19), dense(INITVAL_18),
            dense(INITVAL_17), dense(INITVAL_16), dense(INITVAL_15), dense(INITVAL_14),
            dense(INITVAL_13), dense(INITVAL_12), dense(INITVAL_11), dense(INITVAL_10),
            dense(INITVAL_0F), dense(INITVAL_0E), dense(INITVAL_0D), dense(INITVAL_0C),
            dense(INITVAL_0B), dense(INITVAL_0A), dense(INITVAL_09), dense(INITVAL_08),
            dense(INITVAL_07), dense(INITVAL_06), dense(INITVAL_05), dense(INITVAL_04),
            dense(INITVAL_03), dense(INITVAL_02), dense(INITVAL_01), dense(INITVAL_00)
        })
    ) ram (
        .clock({CLKB ^ (CLKBMUX == "INV"), CLKA ^ (CLKAMUX == "INV")}),
        .enable({CEB && {CSB2, CSB1, CSB0} == decode(CSDECODE_B),
                 CEA && {CSA2, CSA1, CSA0} == decode(CSDECODE_A)}),
        .write({WEB, WEA}), .out_enable({OCEB, OCEA}), .reset({RSTB, RSTA}),
        .address({
            ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0,
            ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1,
            ADA0}),
        .data_in({in_b, in_a}), .data_out({out_b, out_a})
    );
endmodule
