// Every codec, once. Included several times, so without a guard: each includer defines what a line
// means to it, and what it leaves undefined means nothing.
//
//   WB_CODEC(name)           decodes and encodes, with a twin for every level of the CPU
//   WB_ENCODER_ONLY(name)    encodes alone, with such twins
//   WB_PLAIN_CODEC(name)     decodes and encodes, one loop for every CPU
//   WB_PLAIN_DECODER(name)   decodes alone, one loop for every CPU
//   WB_PLAIN_REPACKER(name)  moves the codes of old blocks into today's
#ifndef WB_CODEC
#define WB_CODEC(name)
#endif
#ifndef WB_ENCODER_ONLY
#define WB_ENCODER_ONLY(name)
#endif
#ifndef WB_PLAIN_CODEC
#define WB_PLAIN_CODEC(name)
#endif
#ifndef WB_PLAIN_DECODER
#define WB_PLAIN_DECODER(name)
#endif
#ifndef WB_PLAIN_REPACKER
#define WB_PLAIN_REPACKER(name)
#endif

// Plain numbers.
WB_PLAIN_CODEC(f32)
WB_CODEC(f16)
WB_CODEC(bf16)
WB_PLAIN_DECODER(f64)
WB_PLAIN_DECODER(i8)
WB_PLAIN_DECODER(i16)
WB_PLAIN_DECODER(i32)
WB_PLAIN_DECODER(i64)
WB_PLAIN_DECODER(u8)
WB_PLAIN_DECODER(u16)
WB_PLAIN_DECODER(u32)
WB_PLAIN_DECODER(u64)
WB_PLAIN_DECODER(f8_e4m3)
WB_PLAIN_DECODER(f8_e5m2)
WB_PLAIN_DECODER(f8_e8m0)
WB_PLAIN_DECODER(f8_e4m3fnuz)
WB_PLAIN_DECODER(f8_e5m2fnuz)
WB_PLAIN_DECODER(f4)

// Blocks of 32.
WB_CODEC(q4_0)
WB_CODEC(q4_1)
WB_CODEC(q5_0)
WB_CODEC(q5_1)
WB_CODEC(q8_0)

// Super-blocks of 256.
WB_CODEC(q2_k)
WB_CODEC(q3_k)
WB_CODEC(q4_k)
WB_CODEC(q5_k)
WB_CODEC(q6_k)

// Ternary, four-bit floats, uneven levels.
WB_CODEC(q1_0)
WB_CODEC(q2_0)
WB_CODEC(tq1_0)
WB_CODEC(tq2_0)
WB_CODEC(mxfp4)
WB_CODEC(nvfp4)
WB_CODEC(iq4_nl)
WB_CODEC(iq4_xs)

// Codebooks.
WB_CODEC(iq1_s)
WB_CODEC(iq1_m)
WB_CODEC(iq2_xxs)
WB_CODEC(iq2_xs)
WB_CODEC(iq2_s)
WB_CODEC(iq3_xxs)
WB_CODEC(iq3_s)
// IQ3_S without a slip of the reference (E-1 in Specs/errata.md).
WB_ENCODER_ONLY(iq3_s_in_place)

// Read only.
WB_PLAIN_DECODER(q8_1)
WB_PLAIN_DECODER(q8_k)
WB_PLAIN_DECODER(q4_2)
WB_PLAIN_DECODER(q4_3)

// Blocks of 2023. Nibbles in pairs: byte j holds elements 2j and 2j + 1; scales of Q4_0 and Q4_1 are
// single floats.
WB_PLAIN_DECODER(q4_0_pairs)
WB_PLAIN_REPACKER(q4_0_pairs)
WB_PLAIN_DECODER(q4_1_pairs)
WB_PLAIN_REPACKER(q4_1_pairs)
WB_PLAIN_DECODER(q5_0_pairs)
WB_PLAIN_REPACKER(q5_0_pairs)
WB_PLAIN_DECODER(q5_1_pairs)
WB_PLAIN_REPACKER(q5_1_pairs)
// Nibbles as today, scales in single precision.
WB_PLAIN_DECODER(q4_0_wide)
WB_PLAIN_REPACKER(q4_0_wide)
WB_PLAIN_DECODER(q4_1_wide)
WB_PLAIN_REPACKER(q4_1_wide)
WB_PLAIN_DECODER(q8_0_wide)
WB_PLAIN_REPACKER(q8_0_wide)
// Super-blocks of 64; one of Q4_K becomes two blocks of Q4_1.
WB_PLAIN_DECODER(q2_k64)
WB_PLAIN_DECODER(q3_k64)
WB_PLAIN_DECODER(q4_k64)
WB_PLAIN_REPACKER(q4_k64)
WB_PLAIN_DECODER(q5_k64)
WB_PLAIN_DECODER(q6_k64)

#undef WB_CODEC
#undef WB_ENCODER_ONLY
#undef WB_PLAIN_CODEC
#undef WB_PLAIN_DECODER
#undef WB_PLAIN_REPACKER
