from .answered_request import AnsweredRequest
from .api_key import ApiKey
from .user import Role, User

__all__ = ["AnsweredRequest", "ApiKey", "Role", "User"]
