// From what memory_libmap makes with intel_alm.txt to the cells of intel_alm.v.
module \$__LOCKSTEP_M10K_SDP_ (...);
  parameter INIT = 0;
  parameter PORT_W_WIDTH = 40;
  parameter PORT_R_WIDTH = 40;
  input CLK_C;
  input PORT_W_CLK, PORT_W_WR_EN, PORT_R_CLK, PORT_R_RD_EN;
  input [12:0] PORT_W_ADDR, PORT_R_ADDR;
  input [PORT_W_WIDTH-1:0] PORT_W_WR_DATA;
  output [PORT_R_WIDTH-1:0] PORT_R_RD_DATA;
  M10K _TECHMAP_REPLACE_ (.C(PORT_W_CLK), .A(PORT_W_ADDR), .AE(1'b1), .AW(PORT_W_WR_EN), .AD(PORT_W_WR_DATA),
    .B(PORT_R_ADDR), .BE(PORT_R_RD_EN), .BW(1'b0), .BD(40'b0), .BQ(PORT_R_RD_DATA));
endmodule

module \$__LOCKSTEP_M10K_TDP_ (...);
  parameter INIT = 0;
  parameter PORT_A_WIDTH = 20;
  parameter PORT_B_WIDTH = 20;
  input CLK_C;
  input PORT_A_CLK, PORT_A_RD_EN, PORT_A_WR_EN, PORT_B_CLK, PORT_B_RD_EN, PORT_B_WR_EN;
  input [12:0] PORT_A_ADDR, PORT_B_ADDR;
  input [PORT_A_WIDTH-1:0] PORT_A_WR_DATA;
  input [PORT_B_WIDTH-1:0] PORT_B_WR_DATA;
  output [PORT_A_WIDTH-1:0] PORT_A_RD_DATA;
  output [PORT_B_WIDTH-1:0] PORT_B_RD_DATA;
  M10K _TECHMAP_REPLACE_ (.C(PORT_A_CLK), .A(PORT_A_ADDR), .AE(PORT_A_RD_EN), .AW(PORT_A_WR_EN), .AD(PORT_A_WR_DATA),
    .AQ(PORT_A_RD_DATA), .B(PORT_B_ADDR), .BE(PORT_B_RD_EN), .BW(PORT_B_WR_EN), .BD(PORT_B_WR_DATA), .BQ(PORT_B_RD_DATA));
endmodule

module \$__LOCKSTEP_MLAB_ (...);
  parameter INIT = 0;
  input PORT_W_CLK, PORT_W_WR_EN;
  input [4:0] PORT_W_ADDR, PORT_R_ADDR;
  input [19:0] PORT_W_WR_DATA;
  output [19:0] PORT_R_RD_DATA;
  MLAB _TECHMAP_REPLACE_ (.C(PORT_W_CLK), .WA(PORT_W_ADDR), .WE(PORT_W_WR_EN), .WD(PORT_W_WR_DATA),
    .RA(PORT_R_ADDR), .RQ(PORT_R_RD_DATA));
endmodule
