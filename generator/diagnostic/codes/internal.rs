//! witgen itself is at fault.

codes! { Internal;
    INTERNAL_ERROR = "internal-error":
        "witgen failed in a way that it never should."
        "Please report the message, with the input that it happened on.";
}
