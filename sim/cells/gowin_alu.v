// One bit of Gowin's carry chain (UG288, CFU user guide, "ALU"): the sum is a lookup table's output
// with the carry, which goes on where that output is 1 and is replaced where it is 0. The numbers
// of the modes are those of the vendor's primitive. Yosys's own model is not accepted by Icarus.
module ALU (
    input I0, I1, I3, CIN,
    output SUM, COUT
);
    parameter ALU_MODE = 0;
    localparam ADD = 0, SUB = 1, ADDSUB = 2, NE = 3, GE = 4, LE = 5, CUP = 6, CDN = 7, CUPCDN = 8,
        MULT = 9;

    wire propagate = ALU_MODE == ADD ? I0 ^ I1
        : ALU_MODE == SUB || ALU_MODE == NE || ALU_MODE == GE || ALU_MODE == LE ? I0 ~^ I1
        : ALU_MODE == ADDSUB ? (I3 ? I0 ^ I1 : I0 ~^ I1) // I3 adds
        : ALU_MODE == CUP ? I0
        : ALU_MODE == CDN ? ~I0
        : ALU_MODE == CUPCDN ? (I3 ? I0 : ~I0) // I3 counts up
        : ALU_MODE == MULT ? (I0 & I1) ^ I3
        : 1'bx;
    wire generated = ALU_MODE == NE || ALU_MODE == CDN ? 1'b1
        : ALU_MODE == CUP ? 1'b0
        : ALU_MODE == LE ? I1
        : ALU_MODE == MULT ? I0 & I1
        : I0;
    assign SUM = propagate ^ CIN;
    assign COUT = propagate ? CIN : generated;
endmodule
