//! Pages of the two lists.

use reqwest::header::CONTENT_TYPE;

use super::{Client, Failure};
use crate::api::failure::Asked;
use crate::api::page::{self, Cursor, Page, SpaceUser, Whose};
use crate::api::{Answered, Contact, path};

/// The most items of a page that the contract allows.
pub const PAGE: usize = 99;

impl Client {
    /// One page of the workspace's users; the first without a cursor. People who have not accepted their invitation yet are not listed.
    ///
    /// # Errors
    /// What came of the attempt otherwise.
    pub async fn users(
        &self,
        cursor: Option<&Cursor>,
    ) -> Result<Answered<Page<SpaceUser>>, Failure> {
        let asked = Asked::Users;
        let url = self
            .address
            .join_page(path::USERS, PAGE, cursor.map(Cursor::as_str));
        let answer = self.attempt(asked, self.http.get(url)).await?;
        let value = page::page(&answer.body, page::user)
            .map_err(|wanted| self.unexpected(&answer, wanted))?
            .map(|user| user.without(&self.redactor));
        let allowance = answer.allowance;
        Ok(Answered { value, allowance })
    }

    /// One page of contacts; the first without a cursor. The list lags behind what [`Client::contact`] shows, and an
    /// item may belong to somebody else than was asked for: whoever asks checks each.
    ///
    /// # Errors
    /// What came of the attempt otherwise.
    pub async fn contacts(
        &self,
        whose: Whose,
        cursor: Option<&Cursor>,
    ) -> Result<Answered<Page<Contact>>, Failure> {
        let asked = Asked::Contacts;
        let url = self
            .address
            .join_page(path::CONTACTS, PAGE, cursor.map(Cursor::as_str));
        let request = self
            .http
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .body(page::query(whose));
        let answer = self.attempt(asked, request).await?;
        let value = page::page(&answer.body, page::contact)
            .map_err(|wanted| self.unexpected(&answer, wanted))?
            .map(|contact| contact.without(&self.redactor));
        let allowance = answer.allowance;
        Ok(Answered { value, allowance })
    }
}
