// One cell per physical memory block, whatever its mode.
(* blackbox *)
module M10K (input C, input [12:0] A, B, input AE, BE, AW, BW, input [39:0] AD, BD, output [39:0] AQ, BQ);
endmodule

(* blackbox *)
module MLAB (input C, input [4:0] WA, input WE, input [19:0] WD, input [4:0] RA, output [19:0] RQ);
endmodule
