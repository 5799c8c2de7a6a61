//! The SCIM 2.0 protocol: values in, values out.
