// Gowin's multiplier of GW5A, after UG305 (Arora V DSP user guide), with the pins and parameters by
// which Yosys and nextpnr-himbaechel know it: 27 x 36 bits, signed, with optional registers at A, B,
// behind the multiplication and at the output. A cell with its adder before the multiplication, or
// with the registers of that adder, has no model and ends the simulation.
module MULT27X36 (
    input [26:0] A, input [35:0] B, input [25:0] D,
    input [1:0] CLK, CE, RESET,
    input PSEL, PADDSUB,
    output [62:0] DOUT
);
    parameter AREG_CLK = "BYPASS"; parameter AREG_CE = "CE0"; parameter AREG_RESET = "RESET0";
    parameter BREG_CLK = "BYPASS"; parameter BREG_CE = "CE0"; parameter BREG_RESET = "RESET0";
    parameter DREG_CLK = "BYPASS"; parameter DREG_CE = "CE0"; parameter DREG_RESET = "RESET0";
    parameter PADDSUB_IREG_CLK = "BYPASS"; parameter PADDSUB_IREG_CE = "CE0";
    parameter PADDSUB_IREG_RESET = "RESET0";
    parameter PREG_CLK = "BYPASS"; parameter PREG_CE = "CE0"; parameter PREG_RESET = "RESET0";
    parameter PSEL_IREG_CLK = "BYPASS"; parameter PSEL_IREG_CE = "CE0";
    parameter PSEL_IREG_RESET = "RESET0";
    parameter OREG_CLK = "BYPASS"; parameter OREG_CE = "CE0"; parameter OREG_RESET = "RESET0";
    parameter MULT_RESET_MODE = "SYNC"; parameter DYN_P_SEL = "FALSE"; parameter P_SEL = 1'b0;
    parameter DYN_P_ADDSUB = "FALSE"; parameter P_ADDSUB = 1'b0;

    initial if (P_SEL != 1'b0 || DYN_P_SEL != "FALSE" || DYN_P_ADDSUB != "FALSE"
                || P_ADDSUB != 1'b0 || DREG_CLK != "BYPASS" || PADDSUB_IREG_CLK != "BYPASS"
                || PSEL_IREG_CLK != "BYPASS") begin
        $display("MULT27X36: this configuration has no model");
        $finish;
    end

    wire signed [26:0] a;
    wire signed [35:0] b;
    wire signed [62:0] exact = a * b;
    wire [62:0] product;
    // The names of clocks, enables and resets end in their number.
    cortigate_dsp_register #(
        .WIDTH(27), .CLOCK(AREG_CLK == "BYPASS" ? "NONE" : AREG_CLK), .ENABLE(AREG_CE),
        .RESET(AREG_RESET), .MODE(MULT_RESET_MODE)
    ) operand_a ({2'd0, CLK}, {2'd0, CE}, {2'd0, RESET}, A, a);
    cortigate_dsp_register #(
        .WIDTH(36), .CLOCK(BREG_CLK == "BYPASS" ? "NONE" : BREG_CLK), .ENABLE(BREG_CE),
        .RESET(BREG_RESET), .MODE(MULT_RESET_MODE)
    ) operand_b ({2'd0, CLK}, {2'd0, CE}, {2'd0, RESET}, B, b);
    cortigate_dsp_register #(
        .WIDTH(63), .CLOCK(PREG_CLK == "BYPASS" ? "NONE" : PREG_CLK), .ENABLE(PREG_CE),
        .RESET(PREG_RESET), .MODE(MULT_RESET_MODE)
    ) middle ({2'd0, CLK}, {2'd0, CE}, {2'd0, RESET}, exact, product);
    cortigate_dsp_register #(
        .WIDTH(63), .CLOCK(OREG_CLK == "BYPASS" ? "NONE" : OREG_CLK), .ENABLE(OREG_CE),
        .RESET(OREG_RESET), .MODE(MULT_RESET_MODE)
    ) last ({2'd0, CLK}, {2'd0, CE}, {2'd0, RESET}, product, DOUT);
endmodule
