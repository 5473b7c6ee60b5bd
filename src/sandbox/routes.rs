//! Which request does what.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use tokio::sync::watch;
use tokio::time::Instant;

use super::error_answer::ErrorAnswer;
use super::faults::Fault;
use super::gate::{Gate, RequestFate};
use super::hangup::{Hangup, stopped};
use super::identifier::{ContactAddress, User, WantedAssignee};
use super::list::Slice;
use super::scenario::ErrorStatus;
use super::store::{Assignment, Effect};
use super::wire::{self, Acted, ContactQuery, Page, Pagination, Paging};
use super::{Endpoint, Links, RecordPage, Sandbox, body, filter};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

/// A sandbox while it is served.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) gate: Mutex<Gate>,
    /// Scheme, host and port, for the addresses in answers.
    pub(super) origin: String,
    /// True once the server is to end.
    pub(super) stopping: watch::Receiver<bool>,
}

type Shared = State<Arc<Service>>;

/// The API under `/v1`, and what really happened under `/_sandbox`.
pub(super) fn router(service: &Arc<Service>) -> Router {
    let limited = |endpoint: Endpoint, route: MethodRouter<Arc<Service>>| {
        route.route_layer(from_fn_with_state((Arc::clone(service), endpoint), limit))
    };
    let router = Router::new()
        .route(
            "/v1/contact/list",
            limited(Endpoint::ListContacts, post(list_contacts)),
        )
        .route(
            "/v1/contact/{identifier}",
            limited(Endpoint::GetContact, get(get_contact)),
        )
        .route(
            "/v1/contact/{identifier}/conversation/assignee",
            limited(Endpoint::SetAssignee, post(set_assignee)),
        )
        .route(
            "/v1/space/user",
            limited(Endpoint::ListUsers, get(list_users)),
        )
        .route(
            "/v1/space/user/{id}",
            limited(Endpoint::GetUser, get(get_user)),
        )
        .route_layer(from_fn_with_state(Arc::clone(service), authorize))
        .method_not_allowed_fallback(async || ErrorAnswer::NoMethod)
        .fallback(async || ErrorAnswer::NoPath)
        .layer(DefaultBodyLimit::max(body::LIMIT))
        .layer(from_fn_with_state(Arc::clone(service), delay));
    let router = match service.sandbox.options.record {
        RecordPage::Hidden => router,
        RecordPage::Served => router.route(
            "/_sandbox/assignments",
            get(assignments)
                .route_layer(from_fn_with_state(Arc::clone(service), authorize))
                .fallback(async || ErrorAnswer::NoMethod),
        ),
    };
    router
        .layer(from_fn_with_state(Arc::clone(service), addressed))
        .with_state(Arc::clone(service))
}

/// Answers only after the latency. The request is handled first, so what it does is done even if the client gives up.
async fn delay(State(service): Shared, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    tokio::time::sleep(service.sandbox.options.latency).await;
    response
}

/// Refuses what is addressed to somebody else.
async fn addressed(
    State(service): Shared,
    request: Request,
    next: Next,
) -> Result<Response, ErrorAnswer> {
    if service.sandbox.options.hosts.admit(&request) {
        #[cfg(test)]
        if crate::test_world::request(request.uri().path()) {
            return Ok(Hangup.into_response());
        }
        let response = next.run(request).await;
        #[cfg(test)]
        if crate::test_world::answer() {
            return Ok(Hangup.into_response());
        }
        Ok(response)
    } else {
        Err(ErrorAnswer::Misdirected)
    }
}

async fn authorize(
    State(service): Shared,
    request: Request,
    next: Next,
) -> Result<Response, ErrorAnswer> {
    let token = request
        .headers()
        .get(AUTHORIZATION)
        .map(HeaderValue::as_bytes)
        .and_then(|value| {
            let (scheme, token) = value.split_at_checked("Bearer ".len())?;
            scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
        });
    if token.is_some_and(|token| service.sandbox.admits(token)) {
        Ok(next.run(request).await)
    } else {
        Err(ErrorAnswer::Unauthorized)
    }
}

/// Lets a request pass, or not, as the scenario has it.
async fn limit(
    State((service, endpoint)): State<(Arc<Service>, Endpoint)>,
    request: Request,
    next: Next,
) -> Response {
    let answer = {
        let mut gate = service.gate.lock().unwrap_or_else(PoisonError::into_inner);
        // The clock is read under the lock, so that arrivals are in order.
        gate.arrive(Instant::now().into_std(), endpoint, request.uri().path())
    };
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    let mut response = match answer.fate {
        RequestFate::Handled => next.run(request).await,
        RequestFate::Refused {
            status,
            retry_after,
        } => ErrorAnswer::Told {
            status,
            retry_after,
        }
        .into_response(),
        RequestFate::Dropped => Hangup.into_response(),
        RequestFate::Stalled => {
            stopped(&mut service.stopping.clone()).await;
            Hangup.into_response()
        }
    };
    if let Some(told) = answer.told {
        let headers = response.headers_mut();
        headers.insert(LIMIT, told.limit.into());
        headers.insert(REMAINING, told.remaining.into());
    }
    response
}

async fn set_assignee(
    State(service): Shared,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, ErrorAnswer> {
    let identifier = ContactAddress::parse(segment(path)?)?;
    let wanted =
        WantedAssignee::parse(&body::json(request, service.sandbox.options.patience).await?)?;
    let (contact, fault) = {
        let mut store = service.sandbox.store();
        let contact = store
            .find_contact(&identifier.key)?
            .ok_or(ErrorAnswer::NoContact)?;
        let assignee = match wanted {
            WantedAssignee::Nobody => None,
            WantedAssignee::User(user) => match store.find_user(&user)? {
                Some((id, false)) => Some(id),
                // Undocumented. 400 is the harder case for a client: it looks like a mistake in the sheet.
                Some((_, true)) => {
                    let problem = "The user `assignee` has not accepted the invitation yet.";
                    return Err(ErrorAnswer::Validation(problem.to_owned()));
                }
                None => {
                    return Err(ErrorAnswer::Validation(
                        "`assignee` is not a user of this workspace.".to_owned(),
                    ));
                }
            },
        };
        let fault = service.sandbox.fault(Endpoint::SetAssignee, contact);
        if matches!(fault, None | Some(Fault::Lost)) {
            let effect = if service.sandbox.draws.is_closed(contact) {
                Effect::None
            } else {
                Effect::Assigned(assignee)
            };
            store.write(contact, &identifier.text, effect)?;
        }
        (contact, fault)
    };
    match fault {
        None => Ok(Json(Acted {
            contact_id: contact,
        })
        .into_response()),
        Some(fault) => service.suffer(fault).await,
    }
}

async fn get_contact(
    State(service): Shared,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, ErrorAnswer> {
    let identifier = ContactAddress::parse(segment(path)?)?;
    let (contact, fault) = {
        let store = service.sandbox.store();
        let id = store
            .find_contact(&identifier.key)?
            .ok_or(ErrorAnswer::NoContact)?;
        (
            service.sandbox.shown(store.contact(id)?),
            service.sandbox.fault(Endpoint::GetContact, id),
        )
    };
    match fault {
        None => Ok(Json(contact).into_response()),
        Some(fault) => service.suffer(fault).await,
    }
}

async fn list_contacts(
    State(service): Shared,
    paging: Result<Query<Paging>, QueryRejection>,
    request: Request,
) -> Result<Json<Page<wire::Contact>>, ErrorAnswer> {
    let paging = checked(paging)?;
    let query: ContactQuery = body::json(request, service.sandbox.options.patience).await?;
    let sandbox = &service.sandbox;
    let condition = filter::condition(&query)?;
    let mut slice = sandbox
        .store()
        .contacts(condition, sandbox.options.list_lag, &paging)?;
    slice.items = slice
        .items
        .into_iter()
        .map(|contact| sandbox.shown(contact))
        .collect();
    Ok(Json(service.page("contact/list", paging.limit, slice)))
}

async fn list_users(
    State(service): Shared,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<Page<wire::SpaceUser>>, ErrorAnswer> {
    let paging = checked(paging)?;
    let slice = service.sandbox.store().users(&paging)?;
    Ok(Json(service.page("space/user", paging.limit, slice)))
}

async fn get_user(
    State(service): Shared,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<wire::SpaceUser>, ErrorAnswer> {
    let user = User::by_id(&segment(path)?)?;
    let store = service.sandbox.store();
    match store.find_user(&user)? {
        Some((id, false)) => Ok(Json(store.user(id)?)),
        // Not in the list, so not here either.
        Some((_, true)) | None => Err(ErrorAnswer::NoUser),
    }
}

async fn assignments(State(service): Shared) -> Result<Response, ErrorAnswer> {
    let assignments = service.sandbox.store().assignments()?;
    let csv = write_csv(&assignments).map_err(ErrorAnswer::Csv)?;
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8")], Body::from(csv)).into_response())
}

fn write_csv(assignments: &[Assignment]) -> csv::Result<Vec<u8>> {
    let mut csv = Vec::new();
    let mut writer = csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(&mut csv);
    writer.write_record(Assignment::COLUMNS)?;
    for assignment in assignments {
        writer.serialize(assignment)?;
    }
    writer.flush()?;
    drop(writer);
    Ok(csv)
}

/// The path's last parameter, percent-decoded; a plus sign in it stays one.
fn segment(path: Result<Path<String>, PathRejection>) -> Result<String, ErrorAnswer> {
    path.map(|Path(segment)| segment).map_err(|_| {
        ErrorAnswer::Validation("The path is not UTF-8 once it is percent-decoded.".to_owned())
    })
}

fn checked(paging: Result<Query<Paging>, QueryRejection>) -> Result<Paging, ErrorAnswer> {
    match paging {
        Ok(Query(paging)) if (1..100).contains(&paging.limit) => Ok(paging),
        _ => Err(ErrorAnswer::Validation(
            "`limit` must be a whole number from 1 to 99, and `cursorId` one from `pagination`."
                .to_owned(),
        )),
    }
}

impl Service {
    fn page<Item>(&self, path: &str, limit: usize, slice: Slice<Item>) -> Page<Item> {
        let version = match self.sandbox.options.links {
            Links::Complete => "/v1",
            Links::WithoutVersion => "",
        };
        let address = |cursor| {
            format!(
                "{}{version}/{path}?limit={limit}&cursorId={cursor}",
                self.origin
            )
        };
        let pagination = Pagination {
            next: slice.next.map(address),
            previous: slice.previous.map(address),
        };
        Page {
            items: slice.items,
            pagination,
        }
    }

    /// Goes wrong as drawn; what was to be done before is done.
    async fn suffer(&self, fault: Fault) -> Result<Response, ErrorAnswer> {
        match fault {
            Fault::Queued => Err(ErrorAnswer::from(ErrorStatus::Queued)),
            Fault::Failure => Err(ErrorAnswer::from(ErrorStatus::InternalError)),
            Fault::Drop | Fault::Lost => Ok(Hangup.into_response()),
            Fault::Stall => {
                stopped(&mut self.stopping.clone()).await;
                Ok(Hangup.into_response())
            }
        }
    }
}
