// A register of a DSP block, with its choice among four clocks, enables and resets.
module cortigate_dsp_register #(
    parameter WIDTH = 1,
    parameter [31:0] CLOCK = "NONE", // or CLK0 .. CLK3
    parameter [23:0] ENABLE = "CE0", parameter [31:0] RESET = "RST0",
    parameter MODE = "SYNC"
) (
    input [3:0] clocks, enables, resets,
    input [WIDTH-1:0] in,
    output [WIDTH-1:0] out
);
    generate
        if (CLOCK == "NONE") begin : absent
            assign out = in;
        end else begin : present
            // The last character of a name is its number.
            wire clock = clocks[CLOCK[1:0]], enable = enables[ENABLE[1:0]];
            wire reset = resets[RESET[1:0]], asynchronous = MODE == "ASYNC" && reset;
            reg [WIDTH-1:0] held;
            initial held = 0;
            always @(posedge clock or posedge asynchronous)
                if (reset)
                    held <= 0;
                else if (enable)
                    held <= in;
            assign out = held;
        end
    endgenerate
endmodule
