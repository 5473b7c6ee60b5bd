use super::*;

const PHONE: Role = Role::Identifier(Some(Kind::Phone));
const EMAIL: Role = Role::Identifier(Some(Kind::Email));
const ID: Role = Role::Identifier(Some(Kind::Id));
const NEW: Role = Role::Assignee(Time::New);
const CURRENT: Role = Role::Assignee(Time::Current);
const ASSIGNEE: Role = Role::Assignee(Time::Any);

/// Makes sure that each of these names has a role, or none.
fn all_have(names: &str, expected: Option<Role>) {
    for name in names.split(", ") {
        assert_eq!(role(name), expected, "{name}");
    }
}

#[test]
fn usual_names_have_a_role_and_others_have_none() {
    for (expected, names) in [
        (Role::Identifier(None), "Contact"),
        (ID, "Contact ID"),
        (
            PHONE,
            "Mobile No., Contact No., Phone Number (with country code)",
        ),
        (EMAIL, "Email ID"),
        (
            ASSIGNEE,
            "Assigned to, Encargado de cliente, Assignee (email), Contact owner, Owner's e-mail",
        ),
        (
            Role::AssigneeName(Time::Any),
            "Agent name, Nombre del responsable, 担当者名",
        ),
        (Role::AssigneeName(Time::New), "Name of new owner"),
        (Role::Country, "Country, Customer country"),
    ] {
        all_have(names, Some(expected));
    }
    all_have(
        "Name, Customer name, Agent phone, Assigned at, New phone, Old email, Customer user ID, \
         Owner (until May), reassign_contact, +60123456789, Notes, Status",
        None,
    );
    all_have("", None);
}

#[test]
fn ten_languages_are_understood() {
    for (expected, names) in [
        (
            PHONE,
            "Teléfono del cliente, Nº de telefone, Handynummer, Numéro de téléphone, Cellulare, \
             Telefoonnummer, No. HP, 手机号码, 客戶電話, 携帯電話番号, 顧客の電話番号",
        ),
        (
            EMAIL,
            "Correo electrónico, E-mail do contato, E-Mail-Adresse, Adresse e-mail, Posta elettronica, \
             Alamat e-mel, 電子郵件, メールアドレス",
        ),
        (
            ASSIGNEE,
            "Asignado a, Zuständig, Assigné à, Assegnato a, Toegewezen aan, Ditugaskan kepada, 负责人, 担当者",
        ),
        (
            CURRENT,
            "Responsable actual, Responsável atual, Bisheriger Betreuer, Ancien propriétaire, \
             Responsabile attuale, Huidige eigenaar, Penanggung jawab saat ini, 原负责人, 変更前の担当者",
        ),
        (
            NEW,
            "Nuevo propietario, Novo responsável, Neuer Betreuer, Nouveau responsable, Nuovo responsabile, \
             Nieuwe eigenaar, Pemilik baru, 新負責人電郵, 新しい担当者ID",
        ),
        (Role::Country, "国家/地区, Land, País"),
    ] {
        all_have(names, Some(expected));
    }
}

#[test]
fn the_new_one_and_the_current_one_are_told_apart() {
    all_have(
        "New owner, New Contact Owner, Owner (new), Next agent, Owner ID (New), To agent",
        Some(NEW),
    );
    all_have(
        "Current owner, Old agent email, Previous assignee, Owner - old, From user",
        Some(CURRENT),
    );
    for (name, time) in [
        ("From", Time::Current),
        ("To", Time::New),
        ("Alt", Time::Current),
        ("Neu", Time::New),
        ("変更前", Time::Current),
        ("変更後", Time::New),
        ("De", Time::Current),
        ("Para", Time::New),
    ] {
        assert_eq!(role(name), Some(Role::Bare(time)), "{name}");
    }
}

#[test]
fn a_long_name_takes_no_time() {
    assert_eq!(role(&"new ".repeat(17)), None);
    let _ = role(&"ne w".repeat(16));
    assert_eq!(role(&"新".repeat(20_000)), None);
}
