//! A slow model of PATCH.
