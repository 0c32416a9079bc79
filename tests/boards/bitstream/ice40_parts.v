// One of everything that an iCE40UP5K has and this project's boards may use. What is computed does
// not matter: all inputs come from one shift register, all outputs go to another.

`ifndef PLL
`define PLL SB_PLL40_PAD
`define REFERENCE PACKAGEPIN
`endif

module top(input clk12, input din, input button, output dout, output led, inout both, inout pulled,
           output registered, input sampled);
    wire clk, locked, slow_clock;
    `PLL #(.FEEDBACK_PATH("SIMPLE"), .DIVR(0), .DIVF(59), .DIVQ(4), .FILTER_RANGE(1)) pll(
        .`REFERENCE(clk12), .PLLOUTGLOBAL(clk), .LOCK(locked), .RESETB(1'b1), .BYPASS(1'b0));

    reg [63:0] s = 0;
    wire [127:0] results;
    reg [127:0] shown = 0;
    always @(posedge clk) begin
        s <= {s[62:0], din};
        shown <= s[0] ? results : {shown[126:0], locked};
    end
    assign dout = shown[127], led = ^shown[15:0] ^ button;

    // Carries: from the begin and the end of a chain to the fabric and back, a constant begin.
    reg [18:0] count = 0;
    always @(posedge clk) count <= count + s[10:0] + s[20];
    wire [9:0] difference = s[9:0] - s[19:10];
    assign results[18:0] = count, results[28:19] = difference;
    assign results[29] = s[30:20] < s[41:31];
    wire tail;
    SB_CARRY alone(.I0(s[1]), .I1(s[2]), .CI(s[3]), .CO(tail));
    assign results[30] = tail;

    // Every kind of register.
    wire e = s[40], r = s[41], d = s[42];
    SB_DFF f0(.Q(results[31]), .C(clk), .D(d));
    SB_DFFE f1(.Q(results[32]), .C(clk), .D(d), .E(e));
    SB_DFFSR f2(.Q(results[33]), .C(clk), .D(d), .R(r));
    SB_DFFR f3(.Q(results[34]), .C(clk), .D(d), .R(r));
    SB_DFFSS f4(.Q(results[35]), .C(clk), .D(d), .S(r));
    SB_DFFS f5(.Q(results[36]), .C(clk), .D(d), .S(r));
    SB_DFFESR f6(.Q(results[37]), .C(clk), .D(d), .E(e), .R(r));
    SB_DFFES f7(.Q(results[38]), .C(clk), .D(d), .E(e), .S(r));
    SB_DFFNER f8(.Q(results[39]), .C(clk), .D(d), .E(e), .R(r));
    SB_DFFN f9(.Q(results[40]), .C(slow_clock), .D(d));
    SB_GB gb(.USER_SIGNAL_TO_GLOBAL_BUFFER(count[18]), .GLOBAL_BUFFER_OUTPUT(slow_clock));

    // Block RAMs of other widths, edges and contents; masks, constant and open pins.
    wire [15:0] r0, r1, r2;
    SB_RAM40_4K #(.READ_MODE(0), .WRITE_MODE(0), .INIT_0(256'h0123456789abcdeffedcba9876543210),
                  .INIT_F({4{64'hdeadbeef01234567}})) m0(
        .RDATA(r0), .RADDR({3'b0, s[7:0]}), .RCLK(clk), .RE(1'b1), .RCLKE(s[9]),
        .WADDR({3'b0, s[15:8]}), .WDATA(s[31:16]), .MASK(s[47:32]), .WCLK(clk), .WE(s[1]),
        .WCLKE(1'b1));
    SB_RAM40_4KNRNW #(.READ_MODE(1), .WRITE_MODE(2), .INIT_5(256'h5555)) m1(
        .RDATA(r1), .RADDR({2'b0, s[8:0]}), .RCLKN(clk), .RE(s[3]), .RCLKE(1'b1),
        .WADDR({1'b0, s[17:8]}), .WDATA(s[31:16]), .WCLKN(clk), .WE(s[1]), .WCLKE(s[2]));
    SB_RAM40_4KNW #(.READ_MODE(3), .WRITE_MODE(3), .INIT_A({256{1'b1}})) m2(
        .RDATA(r2), .RADDR(s[10:0]), .RCLK(slow_clock), .RE(1'b1), .RCLKE(1'b1),
        .WADDR(s[18:8]), .WDATA(s[31:16]), .WCLKN(clk), .WE(s[1]), .WCLKE(1'b1));
    assign results[56:41] = r0 ^ r1;
    assign results[58:57] = {r2[11], r2[3]};

    // All four single-port RAMs would leave no room for doubt about their places; two do, too.
    wire [15:0] q0, q1;
    SB_SPRAM256KA p0(.ADDRESS(s[13:0]), .DATAIN(s[29:14]), .MASKWREN(s[33:30]), .WREN(s[34]),
                     .CHIPSELECT(1'b1), .CLOCK(clk), .STANDBY(1'b0), .SLEEP(1'b0), .POWEROFF(1'b1),
                     .DATAOUT(q0));
    SB_SPRAM256KA p1(.ADDRESS(s[14:1]), .DATAIN(s[30:15]), .MASKWREN(4'b1111), .WREN(s[34]),
                     .CHIPSELECT(s[2]), .CLOCK(clk), .STANDBY(1'b0), .SLEEP(1'b0), .POWEROFF(1'b1),
                     .DATAOUT(q1));
    assign results[74:59] = q0 ^ q1;

    // Multipliers, with every setting in one or the other.
    wire [31:0] o0, o1;
    SB_MAC16 #(.A_SIGNED(1'b1), .B_SIGNED(1'b1), .A_REG(1'b1), .B_REG(1'b1),
               .PIPELINE_16x16_MULT_REG2(1'b1), .TOPOUTPUT_SELECT(2'd3), .BOTOUTPUT_SELECT(2'd3))
    x0(.CLK(clk), .CE(1'b1), .A(s[15:0]), .B(s[31:16]), .C(16'b0), .D(16'b0), .O(o0));
    SB_MAC16 #(.C_REG(1'b1), .D_REG(1'b1), .TOP_8x8_MULT_REG(1'b1), .BOT_8x8_MULT_REG(1'b1),
               .PIPELINE_16x16_MULT_REG1(1'b1), .TOPOUTPUT_SELECT(2'd1), .BOTOUTPUT_SELECT(2'd0),
               .TOPADDSUB_LOWERINPUT(2'd2), .TOPADDSUB_UPPERINPUT(1'b1),
               .TOPADDSUB_CARRYSELECT(2'd3), .BOTADDSUB_LOWERINPUT(2'd1),
               .BOTADDSUB_UPPERINPUT(1'b1), .BOTADDSUB_CARRYSELECT(2'd1), .MODE_8x8(1'b1))
    x1(.CLK(clk), .CE(s[50]), .A(s[15:0]), .B(s[31:16]), .C(s[47:32]), .D(s[20:5]), .AHOLD(s[51]),
       .ADDSUBTOP(s[52]), .OLOADTOP(s[53]), .OHOLDBOT(s[54]), .IRSTTOP(s[55]), .ORSTBOT(s[56]),
       .CI(s[57]), .O(o1));
    assign results[106:75] = o0 ^ o1;
    assign results[127:107] = {21{s[63]}};

    // Pads: three-state, with a pull-up of its own, registered both ways at both edges.
    wire heard, pull_heard, sampled_level;
    SB_IO #(.PIN_TYPE(6'b101001)) io0(.PACKAGE_PIN(both), .OUTPUT_ENABLE(s[60]), .D_OUT_0(s[61]),
                                      .D_IN_0(heard));
    (* PULLUP_RESISTOR = "3P3K" *)
    SB_IO #(.PIN_TYPE(6'b000001), .PULLUP(1'b1)) io1(.PACKAGE_PIN(pulled), .D_IN_0(pull_heard));
    SB_IO #(.PIN_TYPE(6'b010101), .NEG_TRIGGER(1'b1)) io2(
        .PACKAGE_PIN(registered), .OUTPUT_CLK(clk), .CLOCK_ENABLE(s[59]),
        .D_OUT_0(heard ^ pull_heard ^ sampled_level));
    SB_IO #(.PIN_TYPE(6'b000000)) io3(.PACKAGE_PIN(sampled), .INPUT_CLK(clk),
                                      .CLOCK_ENABLE(1'b1), .D_IN_0(sampled_level));
endmodule
