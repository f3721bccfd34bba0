//! A package to publish, and further versions of it.

/// A package with documentation, a gate and a world.
pub const SHOP: &str = "\
/// Things that can be bought. There are many.
package acme:shop@1.0.0;

/// What there is.
@since(version = 1.0.0)
interface stock {
  /// How many of a thing are left: none if nobody has heard of it.
  @since(version = 1.0.0)
  count: func(thing: string) -> option<u32>;
  /// Puts one aside.
  @unstable(feature = reserve)
  reserve: func(thing: string);
}

/// What sells.
@since(version = 1.0.0)
world shop {
  @since(version = 1.0.0)
  export stock;
}
";

/// Returns another version of [`SHOP`], with `from` replaced by `to`.
pub fn version(version: &str, from: &str, to: &str) -> String {
    let shop = SHOP.replacen("@1.0.0;", &format!("@{version};"), 1);
    assert!(shop.contains(from), "{from}");
    shop.replace(from, to)
}
