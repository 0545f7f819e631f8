//! AVX-512 IFMA: eight field elements in lanes, five limbs of 52 bits, Montgomery radix 2^260.
//!
//! Data stay in arkworks' layout (four limbs of 64 bits, radix 2^256) and are turned into lanes when
//! loaded. A product of two loaded values carries a factor 2^-260 where arkworks has 2^-256; the missing
//! 2^4 is put into a constant factor beforehand, into one shifted load, or into the last step of a sum.

pub mod buckets;
pub mod commit;
pub mod field;
pub mod horner;
pub mod lanes;
pub mod msm;
pub mod point;
pub mod secret;
pub mod small;

/// Whether this machine has every instruction that the kernels use.
pub fn available() -> bool {
    std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512dq")
        && std::arch::is_x86_feature_detected!("avx512ifma")
}
