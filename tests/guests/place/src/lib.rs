//! A proxy of a world with an import of its own besides.

mod edge;
use edge::{ErrorCode, Handler, Request, Response, origin, place};

struct Place;

impl Handler for Place {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let distance = match place::distance("south".to_owned()).await {
            Ok(kilometres) => format!("{kilometres} km"),
            Err(why) => why,
        };
        let place = format!("{}, {distance}", place::region());
        let mut response = origin::handle(request).await?;
        if let Ok(place) = place.parse() {
            response.headers_mut().insert("x-place", place);
        }
        Ok(response)
    }
}

edge::export!(Place);
